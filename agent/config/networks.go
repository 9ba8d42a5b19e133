package config

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/auditship/auditship/agent/networks"
)

// Networks are labels of own networks: the prefixes of each, one or a list.
type Networks map[string]Prefixes

// Prefixes are one or more networks, of IPv4 or IPv6.
type Prefixes []Prefix

func (Prefixes) mayBeSingle() {}

// Prefix is a network as 10.8.0.0/16, or a single address.
type Prefix struct{ netip.Prefix }

// UnmarshalText reads a Prefix.
func (p *Prefix) UnmarshalText(text []byte) error {
	if address, err := netip.ParseAddr(string(text)); err == nil && address.Zone() == "" {
		p.Prefix = netip.PrefixFrom(address, address.BitLen())
		return nil
	}
	prefix, err := netip.ParsePrefix(string(text))
	if err != nil {
		return fmt.Errorf("%q is no network; write it as 10.8.0.0/16 or 2001:db8::/32, or give one address", text)
	}
	if prefix.Masked() != prefix {
		return fmt.Errorf("%q has bits set behind its length; did you mean %s?", text, prefix.Masked())
	}
	p.Prefix = prefix
	return nil
}

// maxNetworks bounds what an address is compared with.
const maxNetworks = 1000

// checkNetworks also makes what looks addresses up.
func (d *document) checkNetworks(c *Config) {
	count, owners := 0, map[netip.Prefix]string{}
	labels := map[string][]netip.Prefix{}
	for _, label := range slices.Sorted(maps.Keys(c.Networks)) {
		at := join("networks", show(label))
		d.checkWord(at, label)
		if label == "" {
			d.report(at, "has no label; give one, such as office")
		}
		if len(c.Networks[label]) == 0 {
			d.report(at, "has no network; give one, such as 10.8.0.0/16")
		}
		for _, p := range c.Networks[label] {
			if owner, taken := owners[p.Prefix]; taken && p.IsValid() {
				d.report(at, fmt.Sprintf("has %s, which is in %s as well; keep one", p, show(owner)))
			}
			owners[p.Prefix] = label
			labels[label] = append(labels[label], p.Prefix)
			count++
		}
	}
	if count > maxNetworks {
		d.report("networks", fmt.Sprintf("has %d networks; it can have %d", count, maxNetworks))
	}
	c.Labels = networks.New(labels)
}
