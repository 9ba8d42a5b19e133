// Package positions reads what other agents noted of how far they came: the pos_file of fluentd, and the positions file of promtail, Grafana Agent and Alloy.
package positions

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/auditship/auditship/inputs/file"
)

// maxBytes is how long a file may be: an agent that follows every container of a busy machine has some hundred KB.
const maxBytes = 16 << 20

// Positions are those in one file.
type Positions struct {
	Agent string // fluentd or promtail
	All   []file.Foreign
	Notes []string // lines that are no position, and why
}

// Read reads the file of either kind. When it was last changed is when its positions were noted.
func Read(path string) (*Positions, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: it is no file", path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxBytes {
		return nil, fmt.Errorf("read %s: it is longer than %d MiB", path, maxBytes>>20)
	}
	p, err := Parse(text, info.ModTime())
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return p, nil
}

// Parse is Read for the text of a file.
func Parse(text []byte, written time.Time) (*Positions, error) {
	if fluentdLine.Match(text) {
		return parseFluentd(text, written), nil
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, errors.New("it is empty")
	}
	return parsePromtail(text, written)
}

// fluentdLine is a line of a pos_file: path, offset and inode in hexadecimal, with tabs between them
// (https://github.com/fluent/fluentd/blob/master/lib/fluent/plugin/in_tail/position_file.rb). Older versions have 8 digits for the inode.
var fluentdLine = regexp.MustCompile(`(?m)^([^\t\n]+)\t([0-9a-fA-F]{1,16})\t([0-9a-fA-F]{1,16})\r?$`)

// unwatched is the offset of a file that fluentd has left.
const unwatched = 1<<64 - 1

// parseFluentd: of several lines for a path and inode, the last one counts, as in fluentd.
func parseFluentd(text []byte, written time.Time) *Positions {
	p := &Positions{Agent: "fluentd"}
	for n, line := range bytes.Split(text, []byte("\n")) {
		match := fluentdLine.FindSubmatch(line)
		if match == nil {
			if len(bytes.TrimSpace(line)) > 0 {
				p.Notes = append(p.Notes, fmt.Sprintf("line %d is no position", n+1))
			}
			continue
		}
		offset, _ := strconv.ParseUint(string(match[2]), 16, 64) // the expression allows no other
		inode, _ := strconv.ParseUint(string(match[3]), 16, 64)
		f := file.Foreign{Path: filepath.Clean(string(match[1])), Inode: inode, Offset: int64(offset), Written: written}
		switch {
		case offset == unwatched:
			p.Notes = append(p.Notes, fmt.Sprintf("line %d: %s was not followed any more", n+1, f.Path))
			continue
		case offset > 1<<62:
			p.Notes = append(p.Notes, fmt.Sprintf("line %d: %s has an offset that no file has", n+1, f.Path))
			continue
		case inode == 0:
			p.Notes = append(p.Notes, fmt.Sprintf("line %d: %s was never read", n+1, f.Path))
			continue
		}
		p.add(f)
	}
	return p
}

// add puts a position in the place of an older one of the same file.
func (p *Positions) add(f file.Foreign) {
	for i := range p.All {
		if p.All[i].Path == f.Path && (p.All[i].Inode == f.Inode || f.Inode == 0) {
			p.All[i] = f
			return
		}
	}
	p.All = append(p.All, f)
}

// Paths are the paths that there are positions of.
func (p *Positions) Paths() (all []string) {
	for _, f := range p.All {
		all = append(all, f.Path)
	}
	return all
}

// At gives the positions of one path, of its rotated names too, another directory and name, where this machine or container has the log there.
func (p *Positions) At(from, to string) {
	stem := strings.TrimSuffix(filepath.Base(from), filepath.Ext(from))
	for i := range p.All {
		f := &p.All[i]
		switch rest, found := strings.CutPrefix(filepath.Base(f.Path), stem); {
		case filepath.Dir(f.Path) != filepath.Dir(from):
		case f.Path == from:
			f.Path = to
		case found && filepath.Base(from) == filepath.Base(to):
			f.Path = filepath.Join(filepath.Dir(to), stem+rest)
		}
	}
}
