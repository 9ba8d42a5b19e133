package session

import (
	"bytes"

	"github.com/auditship/auditship/agent/event"
)

// classify finds the commands of kubectl that are made of others.
func (s *Session) classify(e *event.Event) {
	switch s.Kind {
	case Exec:
		s.classifyCopy()
	case Attach:
		// kubectl debug names what it makes: debugger-xxxxx in a pod, and the pod node-debugger-NODE-xxxxx on a node
		// (k8s.io/kubectl/pkg/cmd/debug). A container that was given another name can't be told from any other.
		if bytes.HasPrefix(s.Container, []byte("debugger-")) || e.HasPrefix(e.Object.Name, "node-debugger-") {
			s.Kind = Debug
		}
	}
}

// classifyCopy knows the commands by which kubectl cp copies (k8s.io/kubectl/pkg/cmd/cp), and only exactly these: tar can be
// told to run other programs.
func (s *Session) classifyCopy() {
	if s.Clipped {
		return
	}
	switch {
	case s.is("tar", "cf", "-", anything):
		s.copies(true, s.Argv[3])
	case s.is("sh", "-c", anything):
		s.classifyResumed(s.Argv[2])
	case s.is("tar", "-xmf", "-"), s.is("tar", "-xf", "-"), s.is("tar", "--no-same-permissions", "--no-same-owner", "-xmf", "-"):
		s.copies(false, nil)
	case s.is("tar", "-xmf", "-", "-C", anything), s.is("tar", "-xf", "-", "-C", anything),
		s.is("tar", "--no-same-permissions", "--no-same-owner", "-xmf", "-", "-C", anything):
		s.copies(false, s.Argv[len(s.Argv)-1])
	}
}

// classifyResumed knows what kubectl cp does when a copy broke off: tar cf - PATH | tail -c+OFFSET. The path must be one that
// a shell takes as it is, or this could be any command.
func (s *Session) classifyResumed(script []byte) {
	rest, ok := bytes.CutPrefix(script, []byte("tar cf - "))
	path, offset, found := bytes.Cut(rest, []byte(" | tail -c+"))
	if ok && found && len(offset) > 0 && only(offset, "0123456789") && only(path, plainPath) {
		s.copies(true, path)
	}
}

const plainPath = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,@%"

func only(text []byte, set string) bool { return len(bytes.Trim(text, set)) == 0 }

// copies makes it a copy, unless the path may be an option of tar.
func (s *Session) copies(out bool, path []byte) {
	if len(path) == 0 && out || len(path) > 0 && path[0] == '-' {
		return
	}
	s.Kind, s.Out, s.Path = Copy, out, path
}

// anything stands for any one part of a command.
const anything = "*"

func (s *Session) is(argv ...string) bool {
	if len(argv) != len(s.Argv) {
		return false
	}
	for i, want := range argv {
		if want != anything && string(s.Argv[i]) != want {
			return false
		}
	}
	return true
}
