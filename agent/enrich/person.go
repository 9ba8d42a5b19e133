package enrich

import (
	"bytes"

	"github.com/auditship/auditship/agent/event"
)

// What a statement about an actor rests on: actor.evidence. Beside these there are those of the map, identities:….
// docs/identity.md explains them to users; a word never changes its meaning.
const (
	noEvidence  = "none"         // nobody was authenticated
	certificate = "certificate"  // a client certificate, whose fingerprint is the credential
	podToken    = "pod-token"    // a token that is bound to a pod, mostly made by its kubelet
	token       = "token"        // a token that is bound to no pod, whose ID is the credential
	legacyToken = "legacy-token" // a service account's token from a Secret: it never ends, and has no ID
	userName    = "username"     // nothing but the name: a static token, a webhook, a proxy, an API server before 1.32
	oidcName    = "oidc"         // the name or a group is marked as an OpenID Connect provider's, and the credential is a token with an ID
	viaGateway  = "gateway"      // the word of a declared gateway
)

const (
	ofCertificate = "X509SHA256="
	ofToken       = "JTI="
	legacyKey     = "authentication.k8s.io/legacy-token"
)

// evidenceOf is what the name of a caller rests on.
func evidenceOf(e *event.Event, kind event.ActorKind) string {
	account := kind == event.ServiceAccount
	if kind == event.Anonymous || kind == event.Unauthenticated {
		return noEvidence
	}
	if _, ok := cutPrefix(e, e.User.Credential, ofCertificate); ok {
		return certificate
	}
	if account && e.User.Pod.Len() > 0 {
		return podToken
	}
	if _, ok := cutPrefix(e, e.User.Credential, ofToken); ok {
		return token
	}
	if account {
		if _, legacy := e.Lookup(e.Members[event.Annotations].Value, legacyKey); legacy {
			return legacyToken
		}
	}
	return userName
}

// appendPerson appends the person behind a user, as far as that is known, and tells what the whole rests on then.
//
// The map comes first, since somebody wrote it for this. A name that an OpenID Connect provider vouches for is a person. A
// name that merely looks like an address is taken for one, and for nothing more: it may be a robot's, or a list's.
func (n *Enricher) appendPerson(dst []byte, e *event.Event, user *event.Identity, evidence string) ([]byte, string) {
	match := n.people.Map().Find(n.resolve(e, user.Username), e.Bytes(user.Credential.Span))
	if match != nil && match.Evidence != "" {
		evidence = match.Evidence
	}
	if match != nil && (match.Shared || len(match.Person) > 0) {
		dst = append(dst, match.Person...)
		return append(dst, match.Rest...), evidence
	}
	name := user.Username
	if e.Actor.Kind == event.Human {
		if person, ok := n.oidcPerson(e, user); ok {
			dst, name = appendText(dst, `,"person":`, e, person), person
			if evidence != viaGateway {
				evidence = oidcEvidence(e, user)
			}
		}
		if isAddress(e.Bytes(name.Span)) {
			dst = appendText(dst, `,"email":`, e, name)
		}
	}
	if match != nil {
		dst = append(dst, match.Rest...)
	}
	return dst, evidence
}

// oidcEvidence is what the name of a provider's user rests on. Without the ID of a token it may be a certificate's, whose fingerprint
// API servers before 1.32 do not write down.
func oidcEvidence(e *event.Event, user *event.Identity) string {
	if e.HasPrefix(user.Credential, ofToken) {
		return oidcName
	}
	return userName
}

// oidcPerson is the name that the provider gave to a person. A certificate may be made out to any name, so that a prefix proves
// nothing there. One that does not show (before 1.32) is told by the evidence.
func (n *Enricher) oidcPerson(e *event.Event, user *event.Identity) (person event.Text, ok bool) {
	if e.HasPrefix(user.Credential, ofCertificate) {
		return person, false
	}
	for _, mark := range n.people.OIDC() {
		if mark.UsernamePrefix != "" {
			person, ok = cutPrefix(e, user.Username, mark.UsernamePrefix)
		} else {
			person, ok = user.Username, hasGroup(e, user.Groups, mark.GroupsPrefix)
		}
		if ok && person.Len() > 0 {
			return person, true
		}
	}
	return event.Text{}, false
}

func hasGroup(e *event.Event, groups event.Span, prefix string) bool {
	for group := range e.Strings(groups) {
		if e.HasPrefix(group, prefix) {
			return true
		}
	}
	return false
}

// resolve is the text without escapes. It is valid until the next call.
func (n *Enricher) resolve(e *event.Event, t event.Text) []byte {
	if !t.Escaped {
		return e.Bytes(t.Span)
	}
	n.scratch = e.AppendText(n.scratch[:0], t)
	return n.scratch
}

// isAddress tells whether a name looks like an e-mail address as people have them: words and dots on both sides of one @, and
// a dot in the domain.
func isAddress(name []byte) bool {
	if bytes.IndexByte(name, '@') < 1 {
		return false // most are none
	}
	at, dot := 0, false
	for i, c := range name {
		switch {
		case c == '@':
			if at > 0 {
				return false
			}
			at = i
		case c == '.':
			if i == 0 || i == len(name)-1 || name[i-1] == '.' || name[i-1] == '@' {
				return false
			}
			dot = dot || at > 0
		case c-'0' <= 9, c|0x20 >= 'a' && c|0x20 <= 'z', c == '-', at == 0 && (c == '_' || c == '+'):
		default:
			return false
		}
	}
	return dot
}
