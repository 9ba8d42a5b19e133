package file

import (
	"github.com/auditship/auditship/agent/unit"
	"github.com/auditship/auditship/inputs"
)

// Config is the file block of an input.
type Config struct {
	Path  string       `yaml:"path"`  // of the live log; its backups are found beside it
	Start inputs.Start `yaml:"start"` // beginning (default) or end

	// What the retention guard may cost, from the disk block of the configuration.

	GuardBytes unit.Size `yaml:"-"` // held back from deletion at most; 0: 2GiB
	MinFree    unit.Size `yaml:"-"` // of the file systems concerned, kept free by giving up guarded files
	GuardDir   string    `yaml:"-"` // for copies, where links are impossible; "": none are made
}

const defaultGuardBytes = 2 << 30

func (c Config) withDefaults() Config {
	if c.GuardBytes == 0 {
		c.GuardBytes = defaultGuardBytes
	}
	return c
}
