package enrich_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/enrich"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/event/eventtest"
	"github.com/auditship/auditship/agent/identity"
	"github.com/auditship/auditship/agent/terminal"
)

// done is what somebody did, and the event that tells of it: that of the request which was the point, where there were more.
type done struct {
	N        int
	Identity string
	Command  string
	Requests int
	event    event.Event
}

// said is what the enrichment makes of it.
type said struct {
	Actor struct {
		Kind, Name, Namespace, Person, Minted_By, Evidence string
		Shared                                             bool
	}
	Effective             struct{ Kind, Name, Namespace string }
	Action, Class         string
	Action_Code, Outcome  string
	Interactive           *bool
	Target                struct{ Group, Resource, Subresource, Namespace, Name, Path string }
	Field_Manager, Client string
}

// TestActions holds the table of what people did in a recorded run and what is said of it, for people to read:
// testdata/actions.md. Write it with -update, and read each line of it against its command.
func TestActions(t *testing.T) {
	const golden = "testdata/actions.md"
	var table bytes.Buffer
	table.WriteString(actionsHead)
	n := enrich.New(enrich.Config{People: people(t)})
	for _, d := range actions(t) {
		n.Observe(&d.event)
		var s said
		if err := json.Unmarshal(append(n.Enrich(&d.event, nil), '}'), &s); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&table, "| %d | %s | %s | %s | %s | %s | %s | %s | %s |\n", d.N, code(terminal.Escape(d.Command)), s.actor(), s.Actor.Evidence, s.Action_Code, s.Class, s.Outcome, s.target(), code(s.Action))
	}
	eventtest.Golden(t, golden, table.Bytes())
}

const actionsHead = `# What people did, and what is said of it

Written by ` + "`go test ./agent/enrich -run TestActions -update`" + ` from the events in actions.jsonl, and read line by line. A command that makes
several requests is told by the one that was its point: the write, not the reads before it. What was learnt:

- 7, 8, 9, 28, 46, 83, 139, 141 are one event each of commands that make many; 139 is a drain, of which the evictions are the point.
- 5, 6, 22 to 25, 35, 37, 38: kubectl label, annotate, set image, patch and apply of what exists are patches, and so "update";
  ` + "`field_manager`" + ` names the command, as far as the client is to be believed.
- 63, 65, 132: kubectl reads the pod or node first. Where that fails, nothing else is asked for: no event tells of the exec or the label.
- 64: the pod's node is dead, and the session began all the same: 101 says that the connection was upgraded.
- 77: refused before its body was read, so neither its name nor the role is known.
- 88: Kubernetes 1.36 does not say whom bob wanted to be; up to 1.35 it does.
- 109: what a path without sense is taken for by the API server.
- 110 to 115: a failed login has no user, whatever name the token claims.
- ci-bot and breakglass are names of users like any other: nothing in the log tells a machine from a person, and their tokens are shared.
- 32 and 42 to 44 are not in the recording. Long bodies in actions.jsonl are shortened.

| n | command | actor (person) | evidence | code | class | outcome | target | action |
|---|---|---|---|---|---|---|---|---|
`

// code keeps Markdown from reading anything into a text.
func code(text string) string {
	if text = strings.ReplaceAll(text, "|", `\|`); strings.Contains(text, "`") {
		return "`` " + text + " ``"
	}
	return "`" + text + "`"
}

func (s *said) actor() string {
	text := s.Actor.Kind
	for _, part := range []string{s.Actor.Namespace, s.Actor.Name} {
		if part != "" {
			text += " " + part
		}
	}
	if s.Actor.Person != "" {
		text += " (" + s.Actor.Person + ")"
	}
	if s.Actor.Shared {
		text += " (shared)"
	}
	if s.Actor.Minted_By != "" {
		text += ", minted by " + s.Actor.Minted_By
	}
	if s.Effective.Name != "" {
		text += " as " + s.Effective.Name
	}
	return text
}

func (s *said) target() string {
	t := s.Target
	text := t.Path + t.Resource
	if t.Group != "" {
		text += "." + t.Group
	}
	for _, part := range []string{t.Subresource, t.Namespace, t.Name} {
		text += " " + part
	}
	return strings.Join(strings.Fields(text), " ")
}

// actions reads the recorded run: in pairs of lines what was done, and its event.
func actions(t testing.TB) (all []done) {
	t.Helper()
	data, err := os.ReadFile("testdata/actions.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, len(data))
	for lines.Scan() {
		var d done
		if err := json.Unmarshal(lines.Bytes(), &d); err != nil || !lines.Scan() {
			t.Fatalf("read testdata/actions.jsonl: %v", err)
		}
		if err := new(event.Decoder).Decode(bytes.Clone(lines.Bytes()), &d.event); err != nil {
			t.Fatalf("action %d: %v", d.N, err)
		}
		all = append(all, d)
	}
	return all
}

// people are the identities of the recorded run.
func people(t testing.TB) *identity.People {
	t.Helper()
	identities := config.Identities{File: "testdata/identities.yaml"}
	m, err := identities.Map()
	if err != nil {
		t.Fatal(err)
	}
	return identity.NewPeople(nil, nil, m)
}
