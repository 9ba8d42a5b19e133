package cri

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func TestJoin(t *testing.T) {
	j := Joiner{}
	var got []string
	for _, line := range []string{
		"2026-11-22T12:05:27.442631395Z stderr F I1122 12:05:27.416099       1 options.go:263] a b",
		"2026-11-22T12:05:38.125838896Z stdout P {\"kind\":",
		"2026-11-22T12:05:38.125838897Z stderr F between",
		"2026-11-22T12:05:38.125838898Z stdout P  \"Ev",
		"2026-11-22T12:05:38.125838899Z stdout F ent\"}",
		"2026-11-22T12:05:38.125838899Z stdout F ",
		"2026-11-22T12:05:38.125838899Z stdout F",
		"2026-11-22T12:05:38.125838899Z stdout F:x tagged",
	} {
		content, from, complete, err := j.Add([]byte(line))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if complete {
			got = append(got, []string{"out:", "err:"}[from]+string(content))
		}
	}
	want := "err:I1122 12:05:27.416099       1 options.go:263] a b|err:between|out:{\"kind\": \"Event\"}|out:|out:|out:tagged"
	if strings.Join(got, "|") != want || !j.Idle() {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
}

func TestForeignLines(t *testing.T) {
	j := Joiner{}
	for _, line := range []string{"", "x", "a b", "a stdout X y", "a stdin F y", `{"log":"docker\n","stream":"stdout","time":"x"}`} {
		if _, _, complete, err := j.Add([]byte(line)); err == nil || complete {
			t.Errorf("%q is taken", line)
		}
	}
}

// TestFlush gives what the last line of a killed container was.
func TestFlush(t *testing.T) {
	j := Joiner{}
	if _, _, complete, err := j.Add([]byte("t stdout P half")); complete || err != nil {
		t.Fatal(complete, err)
	}
	if j.Idle() || string(j.Flush(Stdout)) != "half" || !j.Idle() || j.Flush(Stderr) != nil {
		t.Error("half a line is not given back")
	}
}

// TestNode: a real log, of a kube-apiserver under containerd, holds as many whole lines as it says F. (Of an event in 17
// parts only the first, the last but one and the last are kept.)
func TestNode(t *testing.T) {
	log, err := os.ReadFile("testdata/node.log")
	if err != nil {
		t.Fatal(err)
	}
	j, whole, events := Joiner{}, 0, 0
	for line := range bytes.Lines(log) {
		content, _, complete, err := j.Add(bytes.TrimSuffix(line, []byte{'\n'}))
		if err != nil {
			t.Fatal(err)
		}
		if complete {
			whole++
			if bytes.HasPrefix(content, []byte(`{"kind":"Event"`)) && bytes.HasSuffix(content, []byte("}")) {
				events++
			}
		}
	}
	if want := bytes.Count(log, []byte("out F ")) + bytes.Count(log, []byte("err F ")); whole != want || events == 0 || !j.Idle() {
		t.Errorf("%d lines, want %d; %d events", whole, want, events)
	}
}

func FuzzAdd(f *testing.F) {
	f.Add([]byte("t stdout P a\nt stdout F b\nt stderr F c"))
	f.Fuzz(func(t *testing.T, log []byte) {
		j, in, out := Joiner{}, len(log), 0
		for line := range bytes.Lines(log) {
			content, _, complete, err := j.Add(bytes.TrimSuffix(line, []byte{'\n'}))
			if err == nil && complete {
				out += len(content)
			}
		}
		if out += len(j.Flush(Stdout)) + len(j.Flush(Stderr)); out > in {
			t.Errorf("%d bytes of %d", out, in)
		}
	})
}
