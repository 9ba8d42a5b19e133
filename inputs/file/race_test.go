//go:build race

package file

// modelRuns is how many seeds TestModel plays: the race detector makes them ten times slower.
const modelRuns = 150
