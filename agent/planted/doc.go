// Package planted tests the tests. It builds faults into the agent that a tired engineer or a hostile reviewer might, one at
// a time, and demands that the tests which exist for that sort of fault notice each of them.
//
// Some faults stand in the sources under build tags named fault_*, as twins of the files that they differ from, so that anybody
// can build an agent that has them. The others are edits of a few words, made by go test -overlay: nothing on the disk
// changes.
//
//	make faults                                                       # all of them
//	AUDITSHIP_FAULTS=1 go test ./agent/planted -v -run 'Caught/no_fsync'    # some of them
package planted
