package rules

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unsafe"

	"github.com/auditship/auditship/agent/event"
)

// sources finds the rules of a block that the address a request came from satisfies.
type sources struct {
	any     set
	lengths []int // of prefixes of either family, each once
	by      map[netip.Prefix]*set
}

func (s *sources) add(rule int, networks []string) {
	if len(networks) == 0 {
		s.any.add(rule)
	}
	for _, network := range networks {
		prefix, _ := parseNetwork(network) // check has seen it
		if s.by == nil {
			s.by = map[netip.Prefix]*set{}
		}
		if s.by[prefix] == nil {
			s.by[prefix] = &set{}
		}
		s.by[prefix].add(rule)
		if !slices.Contains(s.lengths, prefix.Bits()) {
			s.lengths = append(s.lengths, prefix.Bits())
		}
	}
}

// narrow keeps the rules that the address satisfies; an event without one satisfies none that asks.
func (s *sources) narrow(found *set, e *event.Event) bool {
	if found.within(&s.any) {
		return true
	}
	matching := s.any
	if address, ok := source(e); ok {
		for _, bits := range s.lengths {
			if prefix, err := address.Prefix(bits); err == nil && s.by[prefix] != nil {
				matching.or(s.by[prefix])
			}
		}
	}
	return found.and(&matching)
}

// source is the address that the request came from, IPv4 where it can be.
func source(e *event.Event) (netip.Addr, bool) {
	text := e.SourceIP
	if text.Len() == 0 || text.Len() > 6*len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255") { // in escapes
		return netip.Addr{}, false
	}
	value := e.Bytes(text.Span)
	if text.Escaped {
		value = e.AppendText(nil, text) // no API server writes one like that
	}
	address, err := parseAddress(value)
	return address.Unmap().WithZone(""), err == nil
}

// parseAddress is netip.ParseAddr for bytes: what it keeps of the text, an error or a zone, must not outlive them.
func parseAddress(text []byte) (netip.Addr, error) {
	if bytes.IndexByte(text, '%') >= 0 {
		return netip.ParseAddr(string(text))
	}
	return netip.ParseAddr(unsafe.String(unsafe.SliceData(text), len(text)))
}

// parseNetwork reads 10.0.0.0/8, 10.1.2.3, or the same of IPv6.
func parseNetwork(s string) (netip.Prefix, error) {
	if !strings.Contains(s, "/") {
		address, err := netip.ParseAddr(s)
		if err != nil || address.Zone() != "" {
			return netip.Prefix{}, fmt.Errorf("%q is neither an address nor a network: write 10.0.0.0/8, 192.0.2.1 or 2001:db8::/32", s)
		}
		address = address.Unmap()
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is neither an address nor a network: write 10.0.0.0/8, 192.0.2.1 or 2001:db8::/32", s)
	}
	if prefix.Addr().Is4In6() && prefix.Bits() >= 96 {
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	if masked := prefix.Masked(); masked != prefix {
		return netip.Prefix{}, fmt.Errorf("%q has bits behind its length: write %v", s, masked)
	}
	return prefix, nil
}
