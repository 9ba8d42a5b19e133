package rules

import (
	"fmt"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// TestInspectPolicy: all problems at once, each with its kind and place, and what can be read all the same.
func TestInspectPolicy(t *testing.T) {
	path := writePolicy(t, `apiVersion: audit.k8s.io/v1beta1
kind: Policy
rulez: []
rules:
- level: Much
  users: ["a*"]
- level: None
  level: Metadata
  actors: [human]
---
kind: Policy
`)
	found, err := InspectPolicy(path)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range found.Problems {
		got = append(got, fmt.Sprint(p.Kind, " ", p.Line, ":", p.Column, " ", p.Key, " ", p.Kind.Refused()))
	}
	want := []string{"4 3:1 rulez false", "5 7:3 rules[1].level false", "0 1:13  true", "6 11:1  false", "2 5:10 rules[0].level true", "3 9:11 rules[1].actors true", "7 6:11 rules[0].users[0] false"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if len(found.List.Rules) != 2 || found.List.Rules[1].Level != "Metadata" {
		t.Errorf("%+v", found.List)
	}
	for key, want := range map[string][2]int{"rules[0].users[0]": {6, 11}, "rules[0].verbs": {5, 3}, "omitStages": {0, 0}, "rules[1]": {7, 3}} {
		if line, column := found.Place(key); line != want[0] || column != want[1] {
			t.Errorf("%s is at %d:%d, want %v", key, line, column, want)
		}
	}
	if _, err := InspectPolicy(writePolicy(t, "kind: List\n")); err == nil {
		t.Error("another kind was taken")
	}
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"/dev/zero", t.TempDir(), fifo} {
		if _, err := InspectPolicy(file); err == nil {
			t.Errorf("%s was taken", file)
		}
	}
}
