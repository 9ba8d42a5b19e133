package file

import (
	"path/filepath"

	"github.com/auditship/auditship/agent/unit"
)

// Config is the file block of an output.
type Config struct {
	Path       string    `yaml:"path"`        // "-" is standard output
	MaxSize    unit.Size `yaml:"max_size"`    // a file is rotated before it would grow beyond this; 0: never
	MaxBackups int       `yaml:"max_backups"` // rotated files that are kept, more than what is shipped in some seconds; 0: all
	Compress   string    `yaml:"compress"`    // rotated files: zstd, or none (default)
}

// Validate reports what is wrong with the block.
func (c Config) Validate(report func(path, problem string)) {
	switch {
	case c.Path == "":
		report("path", `is missing; give an absolute path, or "-" for standard output`)
	case c.Path != "-" && !filepath.IsAbs(c.Path):
		report("path", `must be absolute, or "-" for standard output`)
	case c.Path == "-" && (c.MaxSize != 0 || c.MaxBackups != 0 || c.Compress != ""):
		report("path", `standard output is never rotated; leave out max_size, max_backups and compress`)
	}
	if c.MaxSize != 0 && c.MaxSize < 64<<10 {
		report("max_size", "is below 64KiB, which would rotate at nearly every batch; choose a larger one, or leave it out to never rotate")
	}
	if c.MaxBackups < 0 {
		report("max_backups", "can't be negative; 0 keeps all")
	}
	if c.MaxSize == 0 && (c.MaxBackups != 0 || c.Compress == "zstd") {
		report("max_size", "is missing: without it the file is never rotated, and max_backups and compress mean nothing")
	}
	if c.Compress != "" && c.Compress != "none" && c.Compress != "zstd" {
		report("compress", `must be "zstd" or "none"`)
	}
}
