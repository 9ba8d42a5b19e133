package enrich

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/auditship/auditship/agent/event"
)

// Networks are labels of networks: of several that hold an address the longest counts. Nil has none.
type Networks struct{ all []network }

type network struct {
	prefix netip.Prefix
	label  string
}

// NewNetworks makes Networks of prefixes by label. Of one prefix with two labels the first in the alphabet counts.
func NewNetworks(labels map[string][]netip.Prefix) *Networks {
	n := &Networks{}
	for label, prefixes := range labels {
		for _, p := range prefixes {
			n.all = append(n.all, network{unmapped(p), label})
		}
	}
	slices.SortFunc(n.all, func(a, b network) int {
		return cmp.Or(cmp.Compare(b.prefix.Bits(), a.prefix.Bits()), cmp.Compare(a.label, b.label))
	})
	return n
}

// unmapped makes ::ffff:10.0.0.0/104 the same as 10.0.0.0/8.
func unmapped(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p
}

// label is the label of an address; empty where it is in no network.
func (n *Networks) label(address netip.Addr) string {
	address = address.Unmap().WithZone("")
	for _, network := range n.all {
		if network.prefix.Contains(address) {
			return network.label
		}
	}
	return ""
}

// lookup remembers the labels of addresses: most requests come from few.
type lookup struct {
	networks *Networks
	known    [64]struct { // by a sum of the text
		text  [len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")]byte
		size  uint8
		label string
	}
}

// of is the label of the address that a text of the event says; empty where it says none.
func (l *lookup) of(e *event.Event, t event.Text) string {
	text := e.Bytes(t.Span)
	if l.networks == nil || len(l.networks.all) == 0 || t.Escaped || len(text) == 0 || len(text) > len(l.known[0].text) {
		return ""
	}
	sum := uint32(0)
	for _, c := range text {
		sum = sum*31 + uint32(c)
	}
	known := &l.known[sum%uint32(len(l.known))]
	if string(known.text[:known.size]) == string(text) {
		return known.label
	}
	address, err := netip.ParseAddr(string(text))
	known.label = ""
	if err == nil {
		known.label = l.networks.label(address)
	}
	known.size = uint8(copy(known.text[:], text))
	return known.label
}
