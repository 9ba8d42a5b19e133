package identity

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Entry says who is behind a user name, a certificate or a token. User and credential must both fit where both are given.
type Entry struct {
	User        string `yaml:"user"`        // as the API server has it, prefixes included
	Fingerprint string `yaml:"fingerprint"` // SHA-256 of a client certificate; see normalFingerprint
	Token       string `yaml:"token"`       // credential ID of a token: JTI=ID, or the ID alone

	Person string `yaml:"person"` // who it is
	Email  string `yaml:"email"`
	Team   string `yaml:"team"`
	Shared bool   `yaml:"shared"` // several people have it, so it has no person

	Place string `yaml:"-"` // FILE:LINE where it stands, for faults
}

// EntryError is what is wrong with one entry.
type EntryError struct {
	Index   int    // of the entry
	Key     string // of the entry; empty: the entry as a whole
	Problem string // what is wrong; what to do
}

func (e *EntryError) Error() string { return fmt.Sprintf("[%d].%s: %s", e.Index, e.Key, e.Problem) }

// Credential is the credential ID that the entry is for, as the API server writes it (k8s.io/apiserver
// pkg/authentication/user: CredentialIDKey); empty if it is for a user whatever the credential.
func (e *Entry) Credential() (id, key string, err error) {
	switch {
	case e.Fingerprint != "" && e.Token != "":
		return "", "token", errors.New("stands beside a fingerprint, and a caller has one credential; make two entries of it")
	case e.Fingerprint != "":
		id, err = normalFingerprint(e.Fingerprint)
		return id, "fingerprint", err
	case e.Token != "":
		return "JTI=" + strings.TrimPrefix(e.Token, "JTI="), "token", nil
	}
	return "", "user", nil
}

// normalFingerprint makes X509SHA256=HEX of that, of the digits alone with or without colons in any case, and of what
// `openssl x509 -noout -fingerprint -sha256` prints: sha256 Fingerprint=AB:CD:….
func normalFingerprint(text string) (string, error) {
	if _, digits, found := strings.Cut(text, "="); found {
		text = digits
	}
	digits := strings.ToLower(strings.ReplaceAll(text, ":", ""))
	if len(digits) != 64 || strings.Trim(digits, "0123456789abcdef") != "" {
		return "", errors.New("is no SHA-256 fingerprint; write the 64 digits of `openssl x509 -noout -fingerprint -sha256 -in CERTIFICATE`")
	}
	return "X509SHA256=" + digits, nil
}

// longest is how many bytes a value of an entry may have: they come with every event.
const longest = 256

// fault is what is wrong with the entry by itself.
func (e *Entry) fault() (key, problem string) {
	for _, value := range []struct{ key, text string }{
		{"user", e.User}, {"fingerprint", e.Fingerprint}, {"token", e.Token}, {"person", e.Person}, {"email", e.Email}, {"team", e.Team},
	} {
		if problem := refuse(value.text); problem != "" {
			return value.key, problem
		}
	}
	if _, key, err := e.Credential(); err != nil {
		return key, err.Error()
	}
	switch {
	case e.User+e.Fingerprint+e.Token == "":
		return "user", "is missing, as are fingerprint and token; say whom the entry is for"
	case e.Shared && e.Person+e.Email != "":
		return "shared", "contradicts person and email: what several people use names none of them; keep one"
	case !e.Shared && e.Person+e.Email+e.Team == "":
		return "person", "is missing, as are email, team and shared; the entry says nothing"
	}
	return "", ""
}

func refuse(text string) string {
	switch {
	case len(text) > longest:
		return fmt.Sprintf("is longer than %d bytes; shorten it", longest)
	case !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError):
		return "is not UTF-8; save the file as UTF-8"
	case strings.TrimSpace(text) != text || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "has control characters, or spaces around it; remove them"
	}
	return ""
}
