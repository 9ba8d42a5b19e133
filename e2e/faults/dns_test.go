package faults

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"
)

func TestResolver(t *testing.T) {
	server, err := NewResolver()
	if err != nil {
		t.Skip(err)
	}
	defer func() { must(t, server.Close()) }()
	client := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort(server.Host(), "53"))
	}}
	for trouble, want := range map[Trouble]func(*net.DNSError) bool{
		Answers: func(err *net.DNSError) bool { return err == nil },
		NoName:  func(err *net.DNSError) bool { return err != nil && err.IsNotFound },
		Failure: func(err *net.DNSError) bool { return err != nil && err.IsTemporary && !err.IsTimeout },
		Silence: func(err *net.DNSError) bool { return err != nil && err.IsTimeout },
	} {
		server.Set("search", trouble)
		limit := clientLimit
		if trouble == Silence {
			limit = time.Second
		}
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		addresses, err := client.LookupHost(ctx, "search."+Zone)
		cancel()
		var dnsError *net.DNSError
		errors.As(err, &dnsError)
		if !want(dnsError) || (trouble == Answers) != (len(addresses) == 1 && addresses[0] == "127.0.0.1") {
			t.Errorf("trouble %d: %v, error %v", trouble, addresses, err)
		}
		if server.Met("search") == 0 {
			t.Errorf("trouble %d: no question", trouble)
		}
	}
	if _, err := client.LookupHost(t.Context(), "elsewhere.test"); err == nil {
		t.Error("a name of another zone resolves")
	}
}
