package agent

import (
	"fmt"
	"path/filepath"

	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/replay"
	"github.com/auditship/auditship/agent/status"
)

// Letters select dead letters.
type Letters struct {
	Pipeline string     // INPUT/OUTPUT; empty: of all pipelines
	IDs      []event.ID // nil: all
}

// selected are the pipelines of a name; empty: all.
func (a *agent) selected(name string) ([]way, error) {
	if name == "" {
		return a.ways(), nil
	}
	w, err := a.way(name)
	return []way{w}, err
}

// choice is the dead letters of one pipeline that are to be sent again.
type choice struct {
	ids   map[event.ID]struct{}
	unfit int // are no events: to send them again would change nothing
}

// choose finds the letters with the given IDs; nil: all. An ID that is nowhere is an error.
func (a *agent) choose(ways []way, ids []event.ID) ([]choice, error) {
	missing := map[event.ID]struct{}{}
	for _, id := range ids {
		missing[id] = struct{}{}
	}
	wanted := func(id event.ID) bool { _, there := missing[id]; return ids == nil || there }
	found := map[event.ID]struct{}{}
	chosen := make([]choice, len(ways))
	for i, w := range ways {
		name, err := a.stateOf(w.in.Name, w.out)
		if err != nil {
			return nil, err
		}
		file := status.DeadLetters(a.cfg.StateDir, name)
		if chosen[i], err = a.chooseFrom(file, wanted, found); err != nil {
			return nil, err
		}
		underway := replay.Letters(filepath.Dir(file)) // these are sent in any case
		if _, err := a.chooseFrom(underway, wanted, found); err != nil {
			return nil, err
		}
	}
	for _, id := range ids {
		if _, there := found[id]; !there {
			return nil, fmt.Errorf("no dead letter has the ID %s", id)
		}
	}
	return chosen, nil
}

func (a *agent) chooseFrom(file string, wanted func(event.ID) bool, found map[event.ID]struct{}) (c choice, err error) {
	var decoder event.Decoder
	var e event.Event
	c.ids = map[event.ID]struct{}{}
	err = deadletter.Read(a.disk, file, func(l deadletter.Letter) bool {
		id := l.ID()
		if !wanted(id) {
			return true
		}
		found[id] = struct{}{}
		if decoder.Decode(l.Record, &e) == nil {
			c.ids[id] = struct{}{}
		} else {
			c.unfit++
		}
		return true
	})
	return c, err
}
