package kafka

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/auditship/auditship/inputs"
)

const (
	goneAfter = 3                // looks in a row without a topic: a broker that has just started may not know it
	tellEvery = 10 * time.Minute // that topics are missing
)

// topics looks which of the topics are there. kafka-go's group would read from none of them while one is not.
type topics struct {
	*member
	there   []string
	unseen  map[string]int // for how many looks a topic has been gone
	missing []string       // that was told
	told    time.Time
}

// await waits for a topic that can be read; none: ctx ended before.
func (t *topics) await(ctx context.Context) []string {
	for failures := 0; ctx.Err() == nil; inputs.Pause(ctx, joinPause) {
		err := t.look(ctx)
		if err == nil && len(t.there) > 0 {
			return t.there
		}
		if err == nil {
			err = fmt.Errorf("look for topics: none of them exists, or may be described: %s", strings.Join(t.in.cfg.Topics, ", "))
		}
		if failures++; failures > 1 && ctx.Err() == nil { // each may have taken long
			t.r.complain(err)
		}
	}
	return nil
}

// during lets be a member while the same topics are there.
func (t *topics) during(ctx context.Context, be func(context.Context)) {
	ctx, leave := context.WithCancel(ctx)
	var looking sync.WaitGroup
	looking.Go(func() {
		defer leave()
		for before := t.there; slices.Equal(t.there, before) && inputs.Pause(ctx, watchEvery); {
			if err := t.look(ctx); err != nil {
				t.in.log.Debug("look for topics", "error", err)
			}
		}
	})
	be(ctx)
	leave()
	looking.Wait()
}

// look asks the brokers once. A topic that was there is taken for gone only after some looks.
func (t *topics) look(ctx context.Context) error {
	seen, missing, err := t.brokers.topics(ctx)
	if err != nil {
		return err
	}
	unseen := map[string]int{}
	for name := range missing {
		t.late.Store(name, true)
		if unseen[name] = t.unseen[name] + 1; unseen[name] < goneAfter && slices.Contains(t.there, name) {
			seen = append(seen, name)
		}
	}
	slices.Sort(seen)
	t.there, t.unseen = seen, unseen
	t.tell(missing)
	return nil
}

// tell says which topics are missing, now and then as long as they are.
func (t *topics) tell(missing map[string]error) {
	names := slices.Sorted(maps.Keys(missing))
	if slices.Equal(names, t.missing) && (len(names) == 0 || time.Since(t.told) < tellEvery) {
		return
	}
	if t.missing, t.told = names, time.Now(); len(names) == 0 {
		t.in.log.Info("all topics are there", "group", t.group)
		return
	}
	for _, name := range names {
		t.in.log.Error("a topic is missing, or may not be described; the others are read, and it is looked for again", "group", t.group, "topic", name, "error", missing[name])
	}
}
