package webhook

import (
	"bytes"
	"crypto/tls"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// TestRealList: what kube-apiserver sent is kept, each event once, byte for byte but for kind and apiVersion, and once only when
// it is sent again.
func TestRealList(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	cert := a.issue("apiserver")
	in := newInput(t, "api", Config{Listen: "127.0.0.1:0", TLS: a.serverTLS()}, room)
	url := "https://" + serve(t, in) + "/audit?timeout=30s"
	body := eventList(t)
	for range 2 {
		if code := post(t, a.client(&cert), url, body); code != http.StatusOK {
			t.Fatalf("got %d", code)
		}
	}
	want, got := items(t, body), stored(t, in)
	if len(got) != len(want) || len(got) < 10 {
		t.Fatalf("%d events of %d", len(got), len(want))
	}
	for i := range want {
		if line := `{"kind":"Event","apiVersion":"audit.k8s.io/v1",` + string(want[i][1:]); string(got[i]) != line {
			t.Errorf("event %d:\n%.200s\n%.200s", i, got[i], line)
		}
	}
}

// TestManyAtOnce: API servers of several masters send at the same time.
func TestManyAtOnce(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	cert := a.issue("apiserver")
	in := newInput(t, "api", Config{Listen: "127.0.0.1:0", TLS: a.serverTLS()}, room)
	url := "https://" + serve(t, in) + "/"
	var senders sync.WaitGroup
	for s := range 6 {
		senders.Go(func() {
			client := a.client(&cert)
			for n := range 20 {
				if code := post(t, client, url, listOf(`{"auditID":"`+string(rune('a'+s))+`","n":`+strings.Repeat("1", n+1)+`}`)); code != http.StatusOK {
					t.Errorf("got %d", code)
				}
			}
		})
	}
	senders.Wait()
	if got := len(stored(t, in)); got != 120 {
		t.Errorf("%d events, want 120", got)
	}
}

func listOf(items ...string) []byte {
	return []byte(`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[` + strings.Join(items, ",") + `]}` + "\n")
}

// TestWhoMaySend: the certificate says to which input a client sends, and so of which cluster its events are. The path decides
// between inputs that both admit it, and never more than that.
func TestWhoMaySend(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	eu, us, both, nobody := a.issue("eu"), a.issue("us"), a.issue("both"), a.issue("nobody")
	cfg := Config{Listen: "127.0.0.1:0", TLS: a.serverTLS()}
	cfgEU, cfgUS := cfg, cfg
	cfgEU.Clients, cfgEU.Path = []string{"eu", "both"}, "/eu"
	cfgUS.Clients, cfgUS.Path = []string{"us.example", "both"}, "/us/"
	inEU, inUS := newInput(t, "eu", cfgEU, room), newInput(t, "us", cfgUS, room)
	url := "https://" + serve(t, inEU, inUS)
	for i, c := range []struct {
		cert *tls.Certificate
		path string
		want int
		in   *Input
	}{
		{&eu, "/eu", 200, inEU}, {&eu, "/eu/deep", 200, inEU}, {&us, "/us", 200, inUS}, {&both, "/us/x", 200, inUS}, {&both, "/eu", 200, inEU},
		{&eu, "/us", 403, nil}, {&us, "/eu", 403, nil}, {&nobody, "/eu", 403, nil}, {&both, "/", 403, nil}, {&both, "/europe", 403, nil}, {&eu, "/eu/../us", 403, nil},
	} {
		had := map[*Input]int{inEU: len(stored(t, inEU)), inUS: len(stored(t, inUS))}
		if c.in != nil {
			had[c.in]++
		}
		body := listOf(`{"n":` + strings.Repeat("1", i+1) + `,"cluster":"us"}`)
		if code := post(t, a.client(c.cert), url+c.path, body); code != c.want {
			t.Errorf("%s: %d, want %d", c.path, code, c.want)
		}
		for in, want := range had {
			if got := len(stored(t, in)); got != want {
				t.Errorf("%s: input %s has %d events, want %d", c.path, in.name, got, want)
			}
		}
	}
	stranger := newAuthority(t).issue("eu")
	for _, cert := range []*tls.Certificate{nil, &stranger} {
		if answer, err := a.client(cert).Post(url+"/eu", "application/json", bytes.NewReader(listOf(`{}`))); err == nil {
			answer.Body.Close()
			t.Errorf("a client without a certificate of ours got %s", answer.Status)
		}
	}
}

// TestRefused: what can't be taken is told so that kube-apiserver sends again what may be taken later, and only that.
func TestRefused(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	cert := a.issue("apiserver")
	client := a.client(&cert)
	small := newInput(t, "small", Config{Listen: "127.0.0.1:0", TLS: a.serverTLS(), MaxBodyBytes: 2000}, 500)
	url := "https://" + serve(t, small) + "/"
	for name, c := range map[string]struct {
		body []byte
		want int
	}{
		"no JSON":           {[]byte("hello"), 400},
		"an array":          {[]byte("[]"), 400},
		"another kind":      {[]byte(`{"kind":"PodList","apiVersion":"v1","items":[{}]}`), 400},
		"an old version":    {[]byte(`{"kind":"EventList","apiVersion":"audit.k8s.io/v1beta1","items":[{}]}`), 400},
		"kind behind":       {[]byte(`{"items":[{}],"kind":"EventList","apiVersion":"audit.k8s.io/v1"}`), 400},
		"items twice":       {[]byte(`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[],"items":[{}]}`), 400},
		"an item is a text": {listOf(`"x"`), 400},
		"something behind":  {append(listOf(`{}`), listOf(`{}`)...), 400},
		"cut off":           {listOf(`{"a":1}`)[:70], 503},
		"too long":          {listOf(`{"a":"` + strings.Repeat("x", 3000) + `"}`), 413},
		"no room":           {listOf(`{"a":"` + strings.Repeat("x", 1000) + `"}`), 503},
	} {
		if code := post(t, client, url, c.body); code != c.want {
			t.Errorf("%s: %d, want %d", name, code, c.want)
		}
	}
	if got := stored(t, small); len(got) != 0 {
		t.Errorf("of what was refused %d events are stored", len(got))
	}
	if answer, err := client.Get(url); err != nil || answer.StatusCode != 405 {
		t.Errorf("GET: %v %v", answer, err)
	}
	if code := post(t, client, url, listOf(`{"b":1}`)); code != 200 {
		t.Errorf("then a good one: %d", code)
	}
}

// TestForgedGap: what a client sends is an event, or a dead letter; it can't tell of a loss that there was not.
func TestForgedGap(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	cert := a.issue("apiserver")
	in := newInput(t, "api", Config{Listen: "127.0.0.1:0", TLS: a.serverTLS()}, room)
	url := "https://" + serve(t, in) + "/"
	gap := `{"kind":"auditship.Gap","gap":{"File":"audit.log","Reason":"deleted"}}`
	if code := post(t, a.client(&cert), url, listOf(gap)); code != http.StatusOK {
		t.Fatalf("got %d", code)
	}
	if got := stored(t, in); len(got) != 1 || !bytes.HasPrefix(got[0], event) {
		t.Errorf("stored %q", got)
	}
}

func TestConflict(t *testing.T) {
	base := Config{Listen: "a:1", Path: "/x", Clients: []string{"n"}}
	for name, c := range map[string]struct {
		change func(*Config)
		fine   bool
	}{
		"other address": {func(c *Config) { c.Listen = "a:2" }, true},
		"other path":    {func(c *Config) { c.Path = "/y" }, true},
		"path below":    {func(c *Config) { c.Path = "/x/y" }, true},
		"slash behind":  {func(c *Config) { c.Path = "/x/" }, false},
		"path unclean":  {func(c *Config) { c.Path = "//y/../x" }, false},
		"other client":  {func(c *Config) { c.Clients = []string{"m"} }, true},
		"same":          {func(*Config) {}, false},
		"no client":     {func(c *Config) { c.Clients = nil }, false},
		"other TLS":     {func(c *Config) { c.TLS.CertFile = "x" }, false},
	} {
		other := base
		c.change(&other)
		if got := base.Conflict(&other); (got == "") != c.fine {
			t.Errorf("%s: %q", name, got)
		}
	}
	if none, root := (&Config{}), (&Config{Path: "/"}); none.Conflict(root) == "" {
		t.Error("no path and / pass for different ones")
	}
}
