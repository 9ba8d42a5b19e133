package agent

import (
	"net"
	"os"
	"path/filepath"
	"testing"
)

// A service manager hears when the pipelines are open, and when a stop begins.
func TestServiceManagerIsTold(t *testing.T) {
	s := newSite(t)
	dir, err := os.MkdirTemp("", "n") // a path that fits into an address
	s.must(err)
	defer os.RemoveAll(dir)
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "s"), Net: "unixgram"})
	s.must(err)
	defer manager.Close()
	t.Setenv("NOTIFY_SOCKET", filepath.Join(dir, "s"))
	hears := func(want string) {
		t.Helper()
		var text [64]byte
		if n, err := manager.Read(text[:]); err != nil || string(text[:n]) != want {
			t.Errorf("heard %q, %v; want %q", text[:n], err, want)
		}
	}
	s.write(3)
	r := s.start(s.config(archive))
	hears("READY=1")
	r.end()
	hears("STOPPING=1")
	s.once(archive)
	hears("READY=1")
	hears("STOPPING=1")
}

// One that does not listen is no reason not to ship.
func TestServiceManagerIsGone(t *testing.T) {
	s := newSite(t)
	t.Setenv("NOTIFY_SOCKET", "@nobody-listens-here")
	s.write(3)
	s.once(archive)
	s.delivered("out.jsonl", s.written)
}
