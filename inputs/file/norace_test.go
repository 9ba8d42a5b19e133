//go:build !race

package file

// modelRuns is how many seeds TestModel plays.
const modelRuns = 1200
