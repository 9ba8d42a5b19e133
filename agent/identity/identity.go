// Package identity knows who is behind the user names, certificates and tokens of a cluster, as far as its operators have
// written that down: a map from what the API server saw to people, the gateways that are trusted to name whom they act for,
// and the marks by which user names of an OpenID Connect provider are known.
//
// What a map says comes from entries such as these, in YAML or CSV:
//
//   - {user: jane@example.org, person: Jane, team: platform}
//   - {fingerprint: "AB:CD:…", person: Bob, email: bob@example.org}
//   - {user: breakglass, shared: true}
//
// An entry is for the callers that have all that it names. One that names a certificate or a token beats one that names
// nothing but a user. Nobody is guessed: a shared account has no person.
package identity

import "sync/atomic"

// People is what the configuration says of callers. Many goroutines may use it at a time.
type People struct {
	gateways []Gateway
	oidc     []OIDC
	current  atomic.Pointer[Map]
}

// NewPeople takes gateways and marks that Validate has nothing against.
func NewPeople(gateways []Gateway, oidc []OIDC, m *Map) *People {
	p := &People{gateways: gateways, oidc: oidc}
	p.current.Store(m)
	return p
}

// Nobody is what is known where nothing is configured: only the accounts that are shared by their nature.
func Nobody() *People {
	m, _ := NewMap(nil) // no entries, no error
	return NewPeople(nil, nil, m)
}

// Gateways are those that are trusted. Do not change them.
func (p *People) Gateways() []Gateway { return p.gateways }

// OIDC are the marks of user names from an OpenID Connect provider. Do not change them.
func (p *People) OIDC() []OIDC { return p.oidc }

// Map is the map that holds now.
func (p *People) Map() *Map { return p.current.Load() }

// Replace makes another map the one that holds, from the next event on.
func (p *People) Replace(m *Map) { p.current.Store(m) }
