package networks

import (
	"net/netip"
	"testing"
)

func prefixes(texts ...string) (all []netip.Prefix) {
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

func TestLabel(t *testing.T) {
	n := New(map[string][]netip.Prefix{
		"office": prefixes("10.8.0.0/16", "2001:db8:8::/48"), "vpn": prefixes("10.0.0.0/8", "fd00::/8"), "jump": prefixes("10.8.0.7/32"),
		"mapped": prefixes("::ffff:192.0.2.0/120"), "zz": prefixes("10.8.0.0/16"), "all6": prefixes("::/0"),
	})
	for address, want := range map[string]string{
		"10.8.0.1": "office", "10.8.0.7": "jump", "10.9.0.1": "vpn", "11.0.0.1": "", "::ffff:10.8.0.1": "office", "192.0.2.1": "mapped",
		"::ffff:192.0.2.1": "mapped", "2001:db8:8::1": "office", "2001:db8:9::1": "all6", "fd00::1%eth0": "vpn", "::ffff:11.0.0.1": "",
	} {
		if got := n.Label(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is in %q, want %q", address, got, want)
		}
	}
	if got := n.Label(netip.Addr{}); got != "" || n.Empty() {
		t.Errorf("no address is in %q", got)
	}
	var none *Networks
	if none.Label(netip.MustParseAddr("10.8.0.1")) != "" || !none.Empty() || !New(nil).Empty() {
		t.Error("nothing has a label")
	}
}
