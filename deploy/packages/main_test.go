package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == confineArgument {
		confine(os.Args[2], os.Args[3:])
	}
	flag.Parse()
	os.Exit(withPackages(m.Run))
}

func withPackages(do func() int) int {
	dir, err := os.MkdirTemp("", "auditship-packages-test-")
	if err == nil {
		defer os.RemoveAll(dir)
		built = dir
		err = run(filepath.Join("..", ".."), built, arches())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return do()
}
