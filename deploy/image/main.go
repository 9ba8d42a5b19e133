// Command image makes what a container image of the agent needs beside its binary:
//
//	image sbom BINARY VERSION   prints what BINARY is made of, as CycloneDX 1.5
//	image filecap BINARY        lets BINARY read every file, whoever runs it in a container that allows that
//
// The same binary gives the same bytes everywhere. SOURCE_DATE_EPOCH (seconds) is the time that the SBOM carries; without
// it, it carries none.
package main

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	switch {
	case len(args) == 3 && args[0] == "sbom":
		return sbom(out, args[1], args[2], os.Getenv("SOURCE_DATE_EPOCH"))
	case len(args) == 2 && args[0] == "filecap":
		return grantReading(args[1])
	}
	return errors.New("usage: image sbom BINARY VERSION, or image filecap BINARY")
}

func sbom(out io.Writer, binary, version, epoch string) error {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return fmt.Errorf("read what %s is made of: %w", binary, err)
	}
	content, err := os.ReadFile(binary)
	if err != nil {
		return err
	}
	made, err := describe(info, content, version, epoch)
	if err != nil {
		return err
	}
	return made.write(out)
}
