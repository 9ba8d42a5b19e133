package file

import "github.com/auditship/auditship/agent/unit"

// Config is the file block of an output.
type Config struct {
	Path       string    `yaml:"path"`        // "-" is standard output
	MaxSize    unit.Size `yaml:"max_size"`    // a file is rotated before it would grow beyond this; 0: never
	MaxBackups int       `yaml:"max_backups"` // rotated files that are kept, more than what is shipped in some seconds; 0: all
	Compress   string    `yaml:"compress"`    // rotated files: zstd, or none (default)
}
