//go:build race

package disktest

// raceShare of the trials are run under the race detector: it makes them ten times slower and finds nothing more.
const raceShare = 6
