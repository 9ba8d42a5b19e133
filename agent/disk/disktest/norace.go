//go:build !race

package disktest

const raceShare = 1
