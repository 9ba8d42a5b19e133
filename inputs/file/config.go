package file

import "github.com/auditship/auditship/inputs"

// Config is the file block of an input.
type Config struct {
	Path  string       `yaml:"path"`  // of the live log; its backups are found beside it
	Start inputs.Start `yaml:"start"` // beginning (default) or end
}
