package identity

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Match is what the map says of a caller.
type Match struct {
	Person   []byte // ,"person":"…","email":"…" as far as known: members of a JSON object
	Rest     []byte // ,"team":"…","shared":true likewise
	Shared   bool   // several people use it
	Evidence string // what Person or Shared rests on: identities:fingerprint, :token or :user; empty: on no entry

	user string // that it is for; empty: any
}

// Map finds out who a caller is. It never changes.
type Map struct {
	credentials map[string]*Match
	users       map[string]*Match
	entries     int
}

// builtIn are accounts that are made with a cluster and handed around, or whose key lies in a file on a machine. They are shared
// unless an entry names the person who has it, or who has a certificate of it.
var builtIn = []string{
	"kubernetes-admin",              // admin.conf of kubeadm and kind
	"kubernetes-super-admin",        // super-admin.conf of kubeadm since 1.29
	"kube-apiserver-kubelet-client", // kubeadm's certificate for calls to kubelets: no call to the API server should have it
	"system:admin",                  // k3s, RKE2 and OpenShift
	"kube-admin",                    // RKE
	"masterclient",                  // the local account of AKS
	"minikube-user",
}

// NewMap makes the map of some entries. Its error joins an *EntryError for each thing that is wrong.
func NewMap(entries []Entry) (*Map, error) {
	m := &Map{credentials: map[string]*Match{}, users: map[string]*Match{}, entries: len(entries)}
	first := map[string]int{} // entry by what it is for
	var errs []error
	for i := range entries {
		if err := m.add(entries, i, first); err != nil {
			errs = append(errs, err)
		}
	}
	for _, user := range builtIn {
		if m.users[user] == nil {
			m.users[user] = (&Entry{User: user}).match("user")
		}
	}
	return m, errors.Join(errs...)
}

// Len is how many entries it was made of.
func (m *Map) Len() int { return m.entries }

func (m *Map) add(entries []Entry, i int, first map[string]int) error {
	e := &entries[i]
	if key, problem := e.fault(); problem != "" {
		return &EntryError{i, key, problem}
	}
	id, key, _ := e.Credential() // is no fault
	to, name := m.credentials, id
	if id == "" {
		to, name = m.users, e.User
	}
	if j, twice := first[key+name]; twice {
		return contradiction(entries, i, j, key, id)
	}
	first[key+name] = i
	to[name] = e.match(key)
	return nil
}

// contradiction is the error of two entries for the same thing; nil if they say the same.
func contradiction(entries []Entry, i, j int, key, id string) error {
	said, saying := entries[j], entries[i]
	said.Place, saying.Place = "", ""
	if id != "" { // which may be written in several ways
		said.Fingerprint, said.Token, saying.Fingerprint, saying.Token = "", "", "", ""
	}
	if said == saying {
		return nil
	}
	where := fmt.Sprintf("entry %d", j)
	if entries[j].Place != "" {
		where = entries[j].Place
	}
	return &EntryError{i, key, fmt.Sprintf("is that of %s, which says something else; keep one", where)}
}

// match is what the entry says, ready to be appended.
func (e *Entry) match(key string) *Match {
	named := e.Person+e.Email != ""
	m := &Match{Shared: e.Shared || !named && slices.Contains(builtIn, e.User)}
	if e.Shared || named {
		m.Evidence = "identities:" + key
	}
	if key != "user" {
		m.user = e.User
	}
	m.Person = appendMember(appendMember(nil, "person", e.Person), "email", e.Email)
	m.Rest = appendMember(nil, "team", e.Team)
	if m.Shared {
		m.Rest = append(m.Rest, sharedMember...)
	}
	return m
}

const sharedMember = `,"shared":true`

func appendMember(dst []byte, key, value string) []byte {
	if value == "" {
		return dst
	}
	quoted, _ := json.Marshal(value) // a string has no error to give
	return fmt.Appendf(dst, `,"%s":%s`, key, quoted)
}

// Find is what is known of a caller by its user name and the ID of its credential, either of which may be empty; nil if
// nothing is. It allocates nothing.
func (m *Map) Find(user, credential []byte) *Match {
	if len(m.credentials) > 0 && len(credential) > 0 {
		if match := m.credentials[string(credential)]; match != nil && (match.user == "" || match.user == string(user)) {
			return match
		}
	}
	return m.users[string(user)]
}
