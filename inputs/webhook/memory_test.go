package webhook

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

func memoryOf(most int64) *Memory {
	m := NewMemory(0)
	m.most = most
	return m
}

// clock is a Memory whose time a test moves.
func clock(m *Memory) (move func(time.Duration)) {
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	m.now = func() time.Time { return at }
	return func(d time.Duration) {
		m.mu.Lock()
		defer m.mu.Unlock()
		at = at.Add(d)
	}
}

func admit(t *testing.T, m *Memory, in *Input, hangUp func()) *share {
	t.Helper()
	s, err := m.admit(in, hangUp)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestParts: an input alone may use all. One of several that holds more than its part leaves a quarter to the others.
func TestParts(t *testing.T) {
	const mib = 1 << 20
	m := memoryOf(64 * mib)
	m.divide(1)
	alone := admit(t, m, &Input{}, nil)
	if err := alone.grow(64*mib - lightest); err != nil {
		t.Errorf("alone: %v", err)
	}
	if err := alone.grow(1); !errors.Is(err, errBusy) {
		t.Errorf("more than there is: %v", err)
	}
	alone.end()

	m.divide(2)
	greedy, other := &Input{}, &Input{}
	much := admit(t, m, greedy, nil)
	if err := much.grow(48*mib - lightest); err != nil {
		t.Errorf("three quarters: %v", err)
	}
	if _, err := m.admit(greedy, nil); !errors.Is(err, errBusy) {
		t.Errorf("more than three quarters: %v", err)
	}
	little := admit(t, m, other, nil)
	if err := little.grow(16*mib - lightest); err != nil {
		t.Errorf("the last quarter: %v", err)
	}
	little.shrink(16*mib - lightest)
	little.end()
	if much.end(); m.held != 0 || greedy.held != 0 || other.held != 0 || len(m.open) != 0 {
		t.Errorf("held at the end: %d, %d, %d; %d requests", m.held, greedy.held, other.held, len(m.open))
	}
}

// TestSlow: when memory is short, who sends too little has to go, of whatever input; not who has just come, who is quick enough, or who
// waits for our own disk.
func TestSlow(t *testing.T) {
	m := memoryOf(5 * lightest)
	move := clock(m)
	var gone []string
	begin := func(name string) *share {
		return admit(t, m, &Input{}, func() { gone = append(gone, name) })
	}
	slow, quick, storing := begin("slow"), begin("quick"), begin("storing")
	move(2 * slowAfter)
	quick.came.Store(2 * slowRate * int64(slowAfter/time.Second))
	slow.came.Store(quick.came.Load() - 1)
	storing.storing.Store(true)
	begin("new")
	if begin("last"); gone != nil {
		t.Errorf("with room for all of them, gone is %q", gone)
	}
	if _, err := m.admit(&Input{}, nil); !errors.Is(err, errBusy) || len(gone) != 1 || gone[0] != "slow" {
		t.Errorf("%v; gone is %q", err, gone)
	}
	if !slow.slow() || quick.slow() {
		t.Error("it is not known who was slow")
	}
	slow.end()
	if again := begin("again"); again == nil {
		t.Error("there is no room")
	}
}

// TestTrickle: requests that trickle, of a length that nobody knows, hold what has come of them, and leave room for others.
func TestTrickle(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	cert := a.issue("apiserver")
	a.protocols(&cert, func(t *testing.T, client *http.Client) { trickle(t, a, client) })
}

func trickle(t *testing.T, a *authority, client *http.Client) {
	in := newInput(t, "api", Config{Listen: "127.0.0.1:0", TLS: a.serverTLS()}, room)
	url := "https://" + serve(t, in) + "/"
	var sending []*slow
	for n := range 40 {
		sending = append(sending, send(t, client, url, listOf(`{"n":`+strconv.Itoa(n)+`}`), -1))
	}
	in.await(40 * lightest)
	if code := post(t, client, url, manyItems("large", 100)); code != http.StatusOK {
		t.Errorf("beside them: %d", code)
	}
	for _, s := range sending {
		if code := s.end(); code != http.StatusOK {
			t.Errorf("got %d", code)
		}
	}
	in.await(0)
}

// TestGiveWay: a large body that is slow is told to come again when another needs the memory, and so is that one, once.
func TestGiveWay(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	cert := a.issue("apiserver")
	a.protocols(&cert, func(t *testing.T, client *http.Client) { giveWay(t, a, client) })
}

func giveWay(t *testing.T, a *authority, client *http.Client) {
	in := newInput(t, "api", Config{Listen: "127.0.0.1:0", TLS: a.serverTLS()}, room)
	m := memoryOf(24 << 20)
	move := clock(m)
	Share([]*Input{in}, m, slog.New(slog.DiscardHandler))
	url := "https://" + serve(t, in) + "/"
	large := listOf(`{"pad":"` + strings.Repeat("x", 15<<20) + `"}`)
	sending := send(t, client, url, large, int64(len(large)))
	in.await(lightest + 8<<20)
	if code := post(t, client, url, large); code != http.StatusTooManyRequests {
		t.Errorf("while another one has just begun: %d", code)
	}
	move(10 * time.Minute)
	if code := post(t, client, url, large); code != http.StatusTooManyRequests {
		t.Errorf("beside a slow one: %d", code)
	}
	if code := <-sending.code; code != http.StatusTooManyRequests {
		t.Errorf("the slow one: %d", code)
	}
	in.await(0)
	if code := post(t, client, url, large); code != http.StatusOK {
		t.Errorf("when the slow one is gone: %d", code)
	}
}

// TestCost: what an item of the longest costs is counted: with less than heaviest it does not pass, and no more is allocated than twice its
// length, of which a third is not needed any more in the end.
func TestCost(t *testing.T) {
	body := listOf(`{"pad":"` + strings.Repeat("x", maxItem-10) + `"}`)
	read := func(most int64) error {
		m := memoryOf(most)
		by := admit(t, m, &Input{}, nil)
		defer by.end()
		l := newList(bytes.NewReader(body), int64(len(body)), by)
		records, err := l.next()
		if err == nil && (len(records) != 1 || by.bytes > lightest+int64(len(records[0]))+window+1<<10) {
			t.Errorf("%d records, %d bytes are counted", len(records), by.bytes)
		}
		return err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := read(lightest + heaviest)
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; err != nil || took > 2*maxItem+1<<18 {
		t.Errorf("%v, %d bytes were allocated", err, took)
	}
	if err := read(maxItem + maxItem/4); !errors.Is(err, errBusy) {
		t.Errorf("with too little: %v", err)
	}
}
