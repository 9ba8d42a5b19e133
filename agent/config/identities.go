package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/auditship/auditship/agent/identity"
	"github.com/auditship/auditship/agent/unit"
)

// Identities say who is behind the users of the cluster.
type Identities struct {
	File    string           `yaml:"file"`    // a list in YAML, or CSV, relative to the configuration; read again when it changes
	Entries []identity.Entry `yaml:"entries"` // the same here
}

// maxCSV is how long a CSV file of identities may be: some 50,000 people, who take 13 MB of memory, and a
// multiple of that for a moment when they are read again.
const maxCSV = 4 << 20

// Map reads the file and makes the map of what it and the entries say. The error joins one for each thing that is wrong: an
// *identity.EntryError where it is in the entries, else one that begins with the file's name and line.
func (i *Identities) Map() (*identity.Map, error) {
	entries, unread := readIdentities(i.File)
	if unread != nil {
		entries = nil // and what is wrong with the others is told all the same
	}
	entries = append(i.Entries[:len(i.Entries):len(i.Entries)], entries...)
	m, err := identity.NewMap(entries)
	wrong := unjoin(unread)
	for _, err := range unjoin(err) {
		var entry *identity.EntryError
		if errors.As(err, &entry) && entry.Index >= len(i.Entries) {
			err = fmt.Errorf("%s: %s: %s", entries[entry.Index].Place, entry.Key, entry.Problem)
		}
		wrong = append(wrong, err)
	}
	return m, errors.Join(wrong...)
}

func readIdentities(file string) ([]identity.Entry, error) {
	if file == "" {
		return nil, nil
	}
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: is no regular file", file)
	}
	data, err := readAtMost(file, maxCSV)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if strings.EqualFold(filepath.Ext(file), ".csv") {
		return parseCSV(file, data)
	}
	return parseEntries(file, data)
}

func parseCSV(file string, data []byte) ([]identity.Entry, error) {
	if len(data) > maxCSV {
		return nil, fmt.Errorf("%s: is longer than %v", file, unit.Size(maxCSV))
	}
	entries, err := identity.ParseCSV(file, data)
	var wrong []error
	for _, err := range unjoin(err) {
		var line *identity.LineError
		if errors.As(err, &line) {
			err = errors.New(Fault{line.Line, line.Key, line.Problem}.in(file))
		}
		wrong = append(wrong, err)
	}
	return entries, errors.Join(wrong...)
}

// parseEntries reads a list of entries in YAML, as strictly as the configuration.
func parseEntries(file string, data []byte) (entries []identity.Entry, err error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("%s: is longer than %v; write it as CSV, which may have %v", file, unit.Size(maxBytes), unit.Size(maxCSV))
	}
	d := newDocument(file)
	root, fault := parse(data)
	if fault != nil {
		return nil, errors.New(fault.in(file))
	}
	d.decode(root, "", reflect.ValueOf(&entries).Elem())
	if broken := (*Error)(nil); errors.As(d.err(file), &broken) {
		var wrong []error
		for _, line := range broken.Lines() {
			wrong = append(wrong, errors.New(line))
		}
		return nil, errors.Join(wrong...)
	}
	for i := range entries {
		entries[i].Place = fmt.Sprintf("%s:%d", file, d.line(fmt.Sprintf("[%d]", i)))
	}
	return entries, nil
}

// people makes what is known of callers.
func (d *document) people(c *Config) {
	for i := range c.Gateways {
		d.reportKey(fmt.Sprintf("gateways[%d]", i), c.Gateways[i].Fault)
	}
	for i := range c.OIDC {
		d.reportKey(fmt.Sprintf("oidc[%d]", i), c.OIDC[i].Fault)
	}
	for i := range c.Identities.Entries {
		c.Identities.Entries[i].Place = fmt.Sprintf("%s:%d", d.file, d.line(fmt.Sprintf("identities.entries[%d]", i)))
	}
	m, err := c.Identities.Map()
	for _, wrong := range unjoin(err) {
		var entry *identity.EntryError
		if errors.As(wrong, &entry) {
			d.report(fmt.Sprintf("identities.entries[%d].%s", entry.Index, entry.Key), entry.Problem)
		} else {
			d.report("identities.file", wrong.Error())
		}
	}
	c.People = identity.NewPeople(c.Gateways, c.OIDC, m)
}

func (d *document) reportKey(path string, fault func() (key, problem string)) {
	if key, problem := fault(); problem != "" {
		d.report(join(path, key), problem)
	}
}
