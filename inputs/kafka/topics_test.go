package kafka

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/segmentio/kafka-go"
)

func looker(names ...string) (*topics, *cluster, *bytes.Buffer) {
	var log bytes.Buffer
	c := &cluster{names: names, missing: map[string]error{}}
	m := newMember(New(Config{Topics: names}, slog.New(slog.NewTextHandler(&log, nil))), "audit-search", "", apart())
	m.brokers = c
	return &topics{member: m}, c, &log
}

// TestMissingTopic: the topics that are there are read, and those that are not are told of, and looked for again.
func TestMissingTopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		known, c, log := looker("a", "b", "c")
		c.missing["b"] = kafka.UnknownTopicOrPartition
		c.missing["c"] = kafka.TopicAuthorizationFailed
		if there := known.await(t.Context()); !slices.Equal(there, []string{"a"}) {
			t.Fatalf("there are %q", there)
		}
		for _, name := range []string{"topic=b", "topic=c"} {
			if strings.Count(log.String(), name) != 1 {
				t.Errorf("%s is not told once: %s", name, log)
			}
		}
		begun := time.Now()
		known.during(t.Context(), func(ctx context.Context) {
			time.Sleep(3 * watchEvery)
			if ctx.Err() != nil {
				t.Error("it ended although nothing changed")
			}
			c.change(func() { delete(c.missing, "b") })
			<-ctx.Done()
		})
		if took := time.Since(begun); took > 4*watchEvery || !slices.Equal(known.there, []string{"a", "b"}) {
			t.Errorf("after %v there are %q", took, known.there)
		}
		if _, late := known.late.Load("b"); !late {
			t.Error("what was put into b before it was seen would be passed over")
		}
		if _, late := known.late.Load("a"); late {
			t.Error("a was there from the beginning")
		}
		if n := strings.Count(log.String(), "topic=c"); n != 2 {
			t.Errorf("c is told of %d times", n)
		}
	})
}

// TestGoneTopic: a topic that was there is taken for gone after some looks, and no answer at all changes nothing.
func TestGoneTopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		known, c, _ := looker("a", "b")
		if there := known.await(t.Context()); len(there) != 2 {
			t.Fatalf("there are %q", there)
		}
		known.during(t.Context(), func(ctx context.Context) {
			c.change(func() { c.err = errors.New("no answer") })
			time.Sleep(10*watchEvery + watchEvery/2)
			c.change(func() { c.err, c.missing["b"] = nil, kafka.UnknownTopicOrPartition })
			time.Sleep((goneAfter - 1) * watchEvery)
			if ctx.Err() != nil {
				t.Error("it ended too early")
			}
			<-ctx.Done()
		})
		if !slices.Equal(known.there, []string{"a"}) {
			t.Errorf("there are %q", known.there)
		}
	})
}

// TestNoTopic: as long as none is there that is a trouble, which names them.
func TestNoTopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		known, c, _ := looker("a")
		c.missing["a"] = kafka.UnknownTopicOrPartition
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		go known.await(ctx)
		_, err := known.r.Next(ctx)
		if err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "exists") || !strings.HasSuffix(err.Error(), ": a") {
			t.Errorf("got %v", err)
		}
		cancel()
		synctest.Wait()
	})
}
