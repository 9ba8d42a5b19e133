//go:build !linux

package agent

func dropBinary() {}
