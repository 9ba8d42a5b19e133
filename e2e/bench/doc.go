// Package bench measures the built agent as a whole process: beside other shippers that do the same work, growing along one
// dimension after the other, and in steady state with real servers. docs/performance.md has results and says how to read
// them. Everything is a test that needs to be asked for:
//
//	go test -count 1 -timeout 60m -v -run TestPeers ./bench -args -bench
//
// `go test ./bench/...` without it only tries the parts: the log that is made, the launcher, the sink, the verification.
package bench
