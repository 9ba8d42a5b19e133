package terminal

import (
	"io"
	"os"
)

// IsTerminal tells whether what is written to w is seen on a terminal that wants colors: it is a character device, and
// NO_COLOR (no-color.org) is not set.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
