package ecs

import (
	"net/netip"

	"github.com/auditship/auditship/agent/event"
)

// related appends all users and addresses that an event speaks of.
func (s *Shaper) related(w *writer, e *event.Event) {
	w.open("related")
	w.array("user")
	w.element(e, e.User.Username)
	w.element(e, e.User.UID)
	w.element(e, e.Impersonated.Username)
	w.person(e, s.said.actor.person)
	w.person(e, s.said.actor.email)
	w.endArray()
	w.array("ip")
	s.addressesOf(w, e)
	w.endArray()
	w.close()
}

// manyAddresses is how many addresses are named at most: their number is up to who sends X-Forwarded-For.
const manyAddresses = 16

// addressesOf appends the peer's address, and then those that came before it.
func (s *Shaper) addressesOf(w *writer, e *event.Event) {
	if s.addresses.valid(e, e.SourceIP) {
		w.element(e, e.SourceIP)
	}
	left := manyAddresses
	for address := range e.Strings(e.Members[event.SourceIPs].Value) {
		if left--; left == 0 {
			break
		}
		if address.Start != e.SourceIP.Start && s.addresses.valid(e, address) {
			w.element(e, address)
		}
	}
}

// marks appends labels and tags.
func (s *Shaper) marks(w *writer) {
	w.open("labels")
	w.raw("network", s.said.network)
	w.close()
	w.array("tags")
	if string(s.said.outcome) == `"dry-run"` {
		w.rawElement([]byte(`"dry-run"`))
	}
	if string(s.said.interactive) == "true" {
		w.rawElement([]byte(`"interactive"`))
	}
	if string(s.said.actor.shared) == "true" {
		w.rawElement([]byte(`"shared-credential"`))
	}
	w.endArray()
}

// person appends a name, unless it is that of the user.
func (w *writer) person(e *event.Event, name []byte) {
	if len(name) < len(`""`) || string(name[1:len(name)-1]) != string(e.Bytes(e.User.Username.Span)) {
		w.rawElement(name)
	}
}

// addresses remembers which texts are addresses: most requests come from few.
type addresses struct {
	known [64]struct { // by a sum of the text
		text  [len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")]byte
		size  uint8
		valid bool
	}
}

// valid tells whether a text is an address as a server takes it: without a zone.
func (a *addresses) valid(e *event.Event, t event.Text) bool {
	text := e.Bytes(t.Span)
	if t.Escaped || len(text) == 0 || len(text) > len(a.known[0].text) {
		return false
	}
	sum := uint32(0)
	for _, c := range text {
		sum = sum*31 + uint32(c)
	}
	k := &a.known[sum%uint32(len(a.known))]
	if string(k.text[:k.size]) != string(text) {
		k.size = uint8(copy(k.text[:], text))
		address, err := netip.ParseAddr(string(text))
		k.valid = err == nil && address.Zone() == ""
	}
	return k.valid
}
