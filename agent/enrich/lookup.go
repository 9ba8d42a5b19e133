package enrich

import (
	"net/netip"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/networks"
)

// lookup remembers the labels of addresses: most requests come from few.
type lookup struct {
	networks *networks.Networks
	known    [64]known // by a sum of the text
}

type known struct {
	text  [len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")]byte
	size  uint8
	label string
}

// of is the label of the address that a text of the event says; empty where it says none.
func (l *lookup) of(e *event.Event, t event.Text) string {
	text := e.Bytes(t.Span)
	if l.networks.Empty() || t.Escaped || len(text) == 0 || len(text) > len(known{}.text) {
		return ""
	}
	sum := uint32(0)
	for _, c := range text {
		sum = sum*31 + uint32(c)
	}
	k := &l.known[sum%uint32(len(l.known))]
	if string(k.text[:k.size]) != string(text) {
		k.label, k.size = "", uint8(copy(k.text[:], text))
		if address, err := netip.ParseAddr(string(text)); err == nil {
			k.label = l.networks.Label(address)
		}
	}
	return k.label
}
