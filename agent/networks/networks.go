// Package networks gives addresses the labels of the networks that they are in.
package networks

import (
	"cmp"
	"net/netip"
	"slices"
)

// Networks are labels of networks. It never changes, and a nil one has none.
type Networks struct{ all []network } // the longest prefix first

type network struct {
	prefix netip.Prefix
	label  string
}

// New makes Networks of valid prefixes by label. Of one prefix with two labels the first in the alphabet counts.
func New(labels map[string][]netip.Prefix) *Networks {
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

// Empty tells whether there is no label at all.
func (n *Networks) Empty() bool { return n == nil || len(n.all) == 0 }

// Label is the label of the smallest network that the address is in; empty where it is in none.
func (n *Networks) Label(address netip.Addr) string {
	if n == nil {
		return ""
	}
	address = address.Unmap().WithZone("")
	for _, network := range n.all {
		if network.prefix.Contains(address) {
			return network.label
		}
	}
	return ""
}
