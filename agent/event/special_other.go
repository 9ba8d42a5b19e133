//go:build !amd64 || purego

package event

const hasVectors = false

func specialAVX2(*byte, *byte, int) {}
