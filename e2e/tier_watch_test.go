package e2e_test

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/auditship/auditship/e2e/verify"
)

// progress is how far a tier has come, as the brokers see it.
type progress struct {
	admin     *kadm.Client
	stored    atomic.Int64 // events in the topic
	committed atomic.Int64 // of these, events that the group is done with
	leader    atomic.Int32 // number of the broker that coordinates the group

	indexed int64           // documents in Elasticsearch
	moved   time.Time       // when there were more of them than before
	rests   []time.Duration // how long there were not, where that was longer than usual
}

// sample asks the brokers. While one of them is on its way down or up, they may have no answer.
func (p *progress) sample(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	lags, err := p.admin.Lag(ctx, clusterGroup)
	if err != nil {
		return err
	}
	group := lags[clusterGroup]
	if err := group.Error(); err != nil {
		return err
	}
	var stored, committed int64
	for _, lag := range group.Lag.Sorted() {
		if lag.End.Err != nil {
			return lag.End.Err
		}
		stored, committed = stored+lag.End.Offset, committed+max(0, lag.Commit.At)
	}
	p.stored.Store(stored)
	p.committed.Store(committed)
	p.leader.Store(group.Coordinator.NodeID)
	return nil
}

// look asks Elasticsearch how many documents it has taken, whether or not brokers answer.
func (p *progress) look(ctx context.Context, search *verify.Elasticsearch) {
	var answer struct {
		All struct {
			Primaries struct {
				Indexing struct {
					Total int64 `json:"index_total"`
				}
			}
		} `json:"_all"`
	}
	path := "/" + search.Index + "/_stats/indexing"
	if err := search.Call(ctx, http.MethodGet, path, nil, &answer); err != nil || answer.All.Primaries.Indexing.Total == p.indexed {
		return
	}
	now := time.Now()
	if rest := now.Sub(p.moved); !p.moved.IsZero() && rest > standstill {
		p.rests = append(p.rests, rest.Round(time.Second))
	}
	p.indexed, p.moved = answer.All.Primaries.Indexing.Total, now
}

const (
	sampleEvery = 500 * time.Millisecond
	tellEvery   = 30 * time.Second
	standstill  = 4 * time.Second
)

// watch samples and tells of it until stop is called.
func (r *tierRun) watch(begin time.Time) (stop func()) {
	ctx, cancel := context.WithCancel(r.Context())
	var watching sync.WaitGroup
	search := searchReader(r.T, clusterIndex, 0)
	watching.Go(func() {
		for ctx.Err() == nil {
			r.look(ctx, search)
			select {
			case <-ctx.Done():
			case <-time.After(sampleEvery):
			}
		}
	})
	watching.Go(func() {
		told, before := begin, int64(0)
		for tick := time.NewTicker(sampleEvery); ctx.Err() == nil; {
			err := r.sample(ctx)
			if since := time.Since(told); since >= tellEvery {
				now := r.committed.Load()
				r.Logf("%4.0f s: written %d, in the topic %d, committed %d, lag %d; %.0f a second; %v", time.Since(begin).Seconds(), r.written(),
					r.stored.Load(), now, r.stored.Load()-now, float64(now-before)/since.Seconds(), err)
				told, before = time.Now(), now
			}
			select {
			case <-ctx.Done():
			case <-tick.C:
			}
		}
	})
	stop = func() {
		cancel()
		watching.Wait()
	}
	r.Cleanup(stop)
	return stop
}

func (r *tierRun) written() (n int64) {
	for _, node := range r.nodes {
		n += node.written.Load()
	}
	return n
}

// reach waits until the group is done with a share of all events.
func (r *tierRun) reach(share float64) {
	r.Helper()
	for end := time.Now().Add(r.limit()); r.committed.Load() < int64(share*float64(r.events)); {
		if time.Now().After(end) {
			r.Fatalf("%d of %d events are committed after %v", r.committed.Load(), r.events, r.limit())
		}
		pause(r.T, sampleEvery/5)
	}
}

// hit is the moment of something; it must be one at which all are at work.
func (r *tierRun) hit(what string) {
	r.Helper()
	written, committed := r.written(), r.committed.Load()
	r.Logf("%s: written %d, committed %d of %d", what, written, committed, r.events)
	if written >= int64(r.events) || committed == 0 || committed >= written {
		r.Errorf("%s too late or too early", what)
	}
}

// coordinator is the index of the broker that coordinates the group.
func (r *tierRun) coordinator() int { return int(r.leader.Load()) - 1 }

// tell prints what the run took, and ends all that ran.
func (r *tierRun) tell(took time.Duration) {
	repeats := 0
	for _, a := range r.aggregators {
		repeats += scrape(r.T, a.process).Events("search", "duplicate")
	}
	r.Logf("%d events in %v: %.0f a second; %d came again and were hidden; standstills: %v", r.events, took.Round(time.Second),
		float64(r.events)/took.Seconds(), repeats, r.rests)
	for _, n := range r.nodes {
		must(r.T, n.stop(r.Context()))
		r.Logf("agent %s: %.1f CPU-s, peak RSS %.1f MiB", n.config.Node, n.cpu.Seconds(), mebibytes(n.peak))
	}
	for i, a := range r.aggregators {
		must(r.T, a.stop(r.Context()))
		r.Logf("aggregator %d: %.1f CPU-s, peak RSS %.1f MiB", i+1, a.cpu.Seconds(), mebibytes(a.peak))
	}
}
