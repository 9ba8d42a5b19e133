package config

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"testing"
)

const examples = "../../configs"

// TestExamples: whoever copies an example gets one that is right, in a pod and outside.
func TestExamples(t *testing.T) {
	t.Setenv("KAFKA_PASSWORD", "secret")
	for _, host := range []string{"", "10.96.0.1"} {
		t.Setenv("KUBERNETES_SERVICE_HOST", host)
		t.Setenv("NODE_NAME", "master-1")
		for _, file := range exampleFiles(t) {
			c, err := Load(file)
			if err != nil {
				t.Error(err)
				continue
			}
			if len(c.Warnings) > 0 || c.Node != "master-1" {
				t.Errorf("%s: node %q, warnings %q", file, c.Node, c.Warnings)
			}
		}
	}
}

// TestExamplePolicy: the ready policy fits into a configuration beside it.
func TestExamplePolicy(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	c, err := Parse(filepath.Join(examples, "a.yaml"), []byte("policy_file: policies/noise.yaml\n"+minimal))
	if err != nil || len(c.Warnings) > 0 {
		t.Fatalf("got %v and %+v", err, c)
	}
}

// TestExamplePeople: the example of identities as CSV is right, and says what it means to say.
func TestExamplePeople(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	c, err := Parse(filepath.Join(examples, "a.yaml"), []byte("identities: {file: people.csv}\n"+minimal))
	if err != nil {
		t.Fatal(err)
	}
	m := c.People.Map()
	bob := m.Find([]byte("kubernetes-admin"), []byte("X509SHA256=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"))
	if others := m.Find([]byte("kubernetes-admin"), nil); m.Len() != 4 || bob == nil || bob.Shared || !others.Shared {
		t.Errorf("%d entries, Bob is %+v, others are %+v", m.Len(), bob, others)
	}
}

// exampleFiles are all YAML files in the folder but those of kind: Policy, which are not configurations.
func exampleFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(examples, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		data, err := os.ReadFile(path)
		if !regexp.MustCompile(`(?m)^kind: Policy$`).Match(data) {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) < 6 {
		t.Fatalf("found %q: %v", files, err)
	}
	return files
}

// TestReferenceIsComplete: the full reference has every key of every struct, at least once for each struct; where two keys
// exclude each other, one of them stands in a comment.
func TestReferenceIsComplete(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	data, err := os.ReadFile(filepath.Join(examples, "auditship.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	d := newDocument("auditship.yaml")
	if _, err := d.load(data); err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for path := range d.lines {
		there[regexp.MustCompile(`\[\d+\]`).ReplaceAllString(path, "")] = true
	}
	for key, paths := range keysOf(reflect.TypeFor[Config](), "") {
		commented := regexp.MustCompile(`(?m)^ *# ` + key.name + `: `).Match(data)
		if !commented && !slices.ContainsFunc(paths, func(path string) bool { return there[path] }) {
			t.Errorf("auditship.yaml has none of %q", paths)
		}
	}
}

// key is a key of a struct.
type key struct {
	of   reflect.Type
	name string
}

// keysOf are the keys of all structs below a type, with their paths without indices.
func keysOf(of reflect.Type, path string) map[key][]string {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
		of = of.Elem()
	}
	keys := map[key][]string{}
	if of.Kind() != reflect.Struct || readerOf(reflect.New(of).Elem()) != nil {
		return keys
	}
	for name, index := range fieldsOf(of) {
		at := join(path, name)
		keys[key{of, name}] = append(keys[key{of, name}], at)
		for below, paths := range keysOf(of.FieldByIndex(index).Type, at) {
			keys[below] = append(keys[below], paths...)
		}
	}
	return keys
}

// TestReferenceShowsDefaults: a key of the full reference that has a default shows it.
func TestReferenceShowsDefaults(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	shown, err := Load(filepath.Join(examples, "auditship.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	defaults, err := Parse("a.yaml", []byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	var server Output // the minimal one is a file
	server.setDefaults()
	for _, pair := range []struct{ shown, defaults any }{
		{shown.StateDir, defaults.StateDir}, {shown.Listen, defaults.Listen}, {shown.Admin, defaults.Admin}, {shown.Log, defaults.Log},
		{shown.Redact.ConfigMaps, defaults.Redact.ConfigMaps}, {shown.Memory, defaults.Memory}, {shown.Disk, defaults.Disk}, {shown.LockTimeout, defaults.LockTimeout},
		{shown.ShutdownTimeout, defaults.ShutdownTimeout}, {shown.Outputs[0].Batch, server.Batch},
		{shown.Outputs[0].Timeout, defaults.Outputs[0].Timeout}, {shown.Inputs[0].File.Start, defaults.Inputs[0].File.Start},
	} {
		if pair.shown != pair.defaults {
			t.Errorf("auditship.yaml shows %v where the default is %v", pair.shown, pair.defaults)
		}
	}
}
