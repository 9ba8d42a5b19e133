package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"os"
	"runtime/debug"
	"strings"
	"testing"
)

// TestSBOMOfThisBinary describes a binary that is at hand: the test itself.
func TestSBOMOfThisBinary(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := run([]string{"sbom", self, "v1.2.3"}, out); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same binary gives two SBOMs")
	}
	var got document
	if err := json.Unmarshal(first.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if got.Metadata.Timestamp != "2023-11-14T22:13:20Z" || got.Metadata.Component.Version != "v1.2.3" || len(got.Metadata.Component.Hashes[0].Content) != 64 {
		t.Errorf("metadata %+v", got.Metadata)
	}
	if std := got.Components[0]; std.Name != "std" || "go"+std.Version != strings.Fields(info.GoVersion)[0] {
		t.Errorf("the standard library is %+v, of %s", std, info.GoVersion)
	}
}

func TestReplacedModule(t *testing.T) {
	info := &debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Path: "example.org/agent"}, Deps: []*debug.Module{
		{Path: "example.org/a", Version: "v1.0.0", Sum: "h1:a="},
		{Path: "example.org/b", Version: "v1.0.0", Sum: "h1:b=", Replace: &debug.Module{Path: "example.org/fork", Version: "v1.0.1", Sum: "h1:c="}},
		{Path: "example.org/local", Version: "v0.0.0", Replace: &debug.Module{Path: "./local"}},
	}}
	got, err := describe(info, []byte("binary"), "v2.0.0", "")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"pkg:golang/std@1.26.0", "pkg:golang/example.org/a@v1.0.0", "pkg:golang/example.org/fork@v1.0.1", ""} {
		if got.Components[i].PURL != want {
			t.Errorf("component %d is %q, want %q", i, got.Components[i].PURL, want)
		}
	}
	if fork := got.Components[2]; fork.Ref != "example.org/b" || fork.Properties[0].Value != "h1:c=" || got.Metadata.Timestamp != "" {
		t.Errorf("%+v, metadata %+v", fork, got.Metadata)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"sbom"}, {"sbom", "x"}, {"filecap"}, {"other", "x"}, {"sbom", "/dev/null", "v1"}, {"filecap", "/no/such/file"}} {
		if err := run(args, &bytes.Buffer{}); err == nil {
			t.Errorf("no error for %q", args)
		}
	}
}
