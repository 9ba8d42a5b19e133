package identity

import "encoding/json"

// Mint is a token that somebody had made for a service account: create serviceaccounts/token.
type Mint struct {
	Credential string `json:"credential"` // the token's ID, as later calls carry it
	By         string `json:"by"`         // user name of whoever asked for it
}

// MaxMints is how many tokens are remembered. They are in every checkpoint: few enough to be written once a second.
const MaxMints = 128

// Mints are the latest tokens that were made. What it holds depends on nothing but what it was told, in that order, so
// that one which is restored says what the other would have said. The zero value knows none.
type Mints struct {
	latest []Mint            // in the order in which they were made, the oldest at next
	next   int               // where the next goes
	by     map[string]string // the same by credential, as a JSON string
}

// Restore makes Mints of what List returned.
func Restore(list []Mint) Mints {
	var m Mints
	for _, mint := range list {
		m.Add(mint)
	}
	return m
}

// Add takes note of a token. One that is known already stays as it is: whoever made it first made it.
func (m *Mints) Add(mint Mint) {
	if _, known := m.by[mint.Credential]; known {
		return
	}
	if m.by == nil {
		m.by = map[string]string{}
	}
	if len(m.latest) < MaxMints {
		m.latest = append(m.latest, mint)
	} else {
		delete(m.by, m.latest[m.next].Credential)
		m.latest[m.next] = mint
		m.next = (m.next + 1) % MaxMints
	}
	quoted, _ := json.Marshal(mint.By) // a string has no error to give
	m.by[mint.Credential] = string(quoted)
}

// By is who had the token made, as a JSON string; empty where that is not known. It allocates nothing.
func (m *Mints) By(credential []byte) string {
	if len(m.by) == 0 {
		return ""
	}
	return m.by[string(credential)]
}

// List is what is remembered, the oldest first. It is a copy.
func (m *Mints) List() []Mint {
	return append(append([]Mint(nil), m.latest[m.next:]...), m.latest[:m.next]...)
}
