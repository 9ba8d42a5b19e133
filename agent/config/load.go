package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"syscall"

	"github.com/auditship/auditship/agent/unit"
)

// maxBytes is how long a file may be, and how much all its variables may expand to: no honest one comes near.
const maxBytes = 1 << 20

// document is one configuration file while it is read. Positions and faults are kept by the path of the key, so that checks
// on the finished Config can name the line.
type document struct {
	faults
	file     string
	unread   bool                        // nothing will be read: there need be no inputs, nor a node that they are of
	lookup   func(string) (string, bool) // environment
	hostname func() (string, error)
	lines    map[string]int  // by path, of all that is in the file
	broken   map[string]bool // paths whose values could not be read: what follows from that is no news
	texts    map[string]text // by path, of values with variables
	known    map[reflect.Type]map[string][]int
	expanded int // bytes that variables expanded to
	warnings []string
	patterns []pattern
}

// Load reads, completes and checks the configuration in a file. An error is always an *Error with all that is wrong.
// Beside the file itself only policy files are read, and directories where file.path has a *.
func Load(path string) (*Config, error) { return newDocument(path).loadFile() }

// LoadOutputs is Load for who has to do with outputs alone: the file needs no inputs.
func LoadOutputs(path string) (*Config, error) {
	d := newDocument(path)
	d.unread = true
	return d.loadFile()
}

func (d *document) loadFile() (*Config, error) {
	data, err := read(d.file)
	if err != nil {
		return nil, &Error{File: d.file, Faults: []Fault{{Problem: err.Error()}}}
	}
	return d.load(data)
}

// Parse is Load for the content of a file. Its name is used in faults, and its directory for relative paths.
func Parse(file string, data []byte) (*Config, error) {
	return newDocument(file).load(data)
}

func newDocument(file string) *document {
	return &document{
		file: file, lookup: os.LookupEnv, hostname: os.Hostname,
		lines: map[string]int{}, broken: map[string]bool{}, texts: map[string]text{}, known: map[reflect.Type]map[string][]int{},
	}
}

func (d *document) load(data []byte) (*Config, error) {
	root, fault := parse(data)
	if fault != nil {
		d.add(fault.Line, "", fault.Problem)
		return nil, d.err(d.file)
	}
	d.spread(root)
	c := &Config{}
	d.decode(root, "", reflect.ValueOf(c).Elem())
	if !d.broken[""] {
		d.complete(c)
		d.check(c)
	}
	if err := d.err(d.file); err != nil {
		return nil, err
	}
	c.Warnings, c.File, c.lines, c.patterns = d.warnings, d.file, d.lines, d.patterns
	return c, nil
}

func read(path string) ([]byte, error) { return readAtMost(path, maxBytes) }

// readAtMost reads a file, of one that is longer than most a byte more than that. It never waits for somebody to write to a FIFO:
// an agent that reads its configuration again could not end.
func readAtMost(path string, most int64) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, errors.New(reason(err) + "; check the path")
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, errors.New(reason(err))
	}
	return data, nil
}

// reason is an I/O error without the path, which is said already.
func reason(err error) string {
	if broken := (*fs.PathError)(nil); errors.As(err, &broken) {
		return fmt.Sprintf("%s: %v", broken.Op, broken.Err)
	}
	return err.Error()
}

// report is a fault found by a check. What only follows from a value that could not be read is left out.
func (d *document) report(path, problem string) {
	for at := path; ; at = parent(at) {
		if d.broken[at] {
			return
		}
		if at == "" {
			break
		}
	}
	d.add(d.line(path), path, d.texts[path].mask(problem))
}

// warn is for what is odd and no reason not to run.
func (d *document) warn(path, problem string) {
	d.warnings = append(d.warnings, Fault{d.line(path), path, problem}.in(d.file))
}

// under is report for paths below a prefix.
func (d *document) under(prefix string) func(path, problem string) {
	return func(path, problem string) { d.report(join(prefix, path), problem) }
}

// line is where the key is, or where what should hold it is.
func (d *document) line(path string) int {
	for {
		if line, ok := d.lines[path]; ok || path == "" {
			return max(line, 1)
		}
		path = parent(path)
	}
}

func join(prefix, path string) string {
	if prefix == "" || path == "" || strings.HasPrefix(path, "[") {
		return prefix + path
	}
	return prefix + "." + path
}

func parent(path string) string { return path[:max(strings.LastIndexAny(path, ".["), 0)] }

var tooLong = fmt.Sprintf("the file is longer than %v; a configuration is not", unit.Size(maxBytes))
