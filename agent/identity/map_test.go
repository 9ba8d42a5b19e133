package identity

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const print = "ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12"

// colons writes a fingerprint as openssl does.
func colons(hex string) string {
	var b strings.Builder
	for i := 0; i < len(hex); i += 2 {
		fmt.Fprintf(&b, ":%s", strings.ToUpper(hex[i:i+2]))
	}
	return b.String()[1:]
}

func mapOf(t testing.TB, entries ...Entry) *Map {
	t.Helper()
	m, err := NewMap(entries)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func say(m *Match) string {
	if m == nil {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%s%s %s", m.Person, m.Rest, m.Evidence))
}

// TestFind: an entry is for those that have all that it names, and one that names a credential comes first.
func TestFind(t *testing.T) {
	m := mapOf(t,
		Entry{User: "jane", Person: "Jane", Email: "jane@example.org", Team: "a"},
		Entry{Fingerprint: print, Person: "Bob"},
		Entry{Token: "JTI=1", Shared: true, Team: "ci"},
		Entry{Token: "2", User: "zoe", Person: "Zoë"},
		Entry{User: "team", Team: "a"},
		Entry{User: "masterclient", Team: "a"},
		Entry{User: "system:admin", Person: "A \"B\""},
	)
	for _, tt := range []struct{ user, credential, want string }{
		{"jane", "", `,"person":"Jane","email":"jane@example.org","team":"a" identities:user`},
		{"Jane", "", ``}, {"jane ", "", ``}, {"", "", ``}, {"bob", "X509SHA256=00", ``},
		{"jane", "X509SHA256=" + print, `,"person":"Bob" identities:fingerprint`},
		{"jane", "JTI=1", `,"team":"ci","shared":true identities:token`},
		{"zoe", "JTI=2", `,"person":"Zoë" identities:token`},
		{"jane", "JTI=2", `,"person":"Jane","email":"jane@example.org","team":"a" identities:user`},
		{"zoe", "", ``},
		{"team", "", `,"team":"a"`},
		{"masterclient", "", `,"team":"a","shared":true`},
		{"kubernetes-admin", "", `,"shared":true`},
		{"kubernetes-admin", "X509SHA256=" + print, `,"person":"Bob" identities:fingerprint`},
		{"system:admin", "", `,"person":"A \"B\"" identities:user`},
	} {
		if got := say(m.Find([]byte(tt.user), []byte(tt.credential))); got != tt.want {
			t.Errorf("%s with %s: %s, want %s", tt.user, tt.credential, got, tt.want)
		}
	}
	if m.Len() != 7 {
		t.Errorf("made of %d entries", m.Len())
	}
}

func TestFingerprintsAreWrittenInManyWays(t *testing.T) {
	for _, text := range []string{
		print, strings.ToUpper(print), colons(print), "X509SHA256=" + print, "sha256 Fingerprint=" + colons(print), "SHA256 Fingerprint=" + colons(print),
	} {
		m := mapOf(t, Entry{Fingerprint: text, Person: "p"})
		if m.Find(nil, []byte("X509SHA256="+print)) == nil {
			t.Errorf("%s is not found", text)
		}
	}
}

// TestFaults: what is wrong with entries is told for each of them, and names the other one where two contradict each other.
func TestFaults(t *testing.T) {
	_, err := NewMap([]Entry{
		{Person: "p"},
		{User: "u0"},
		{User: "u1", Person: "p", Shared: true},
		{User: "u2", Email: "e", Shared: true},
		{Fingerprint: print[1:], Person: "p"},
		{Fingerprint: "zz" + print[2:], Person: "p"},
		{Fingerprint: print, Token: "1", Person: "p"},
		{User: " u", Person: "p"},
		{User: "u", Person: "p\n"},
		{User: "u", Team: "\u202e"},
		{User: "\xff", Team: "t"},
		{User: "u", Team: strings.Repeat("t", 257)},
		{User: "u3", Person: "p", Place: "a.csv:7"},
		{User: "u3", Person: "p", Place: "b.csv:8"}, // the same again
		{User: "u3", Person: "q", Place: "b.csv:9"},
		{Fingerprint: print, Person: "p"},
		{Fingerprint: "X509SHA256=" + colons(print), Person: "p"}, // the same again
		{Fingerprint: print, User: "u4", Person: "p"},
		{Token: "t", Person: "p"},
		{Token: "JTI=t", Shared: true},
	})
	var got []string
	for _, wrong := range err.(interface{ Unwrap() []error }).Unwrap() {
		var entry *EntryError
		if !errors.As(wrong, &entry) {
			t.Fatal(wrong)
		}
		got = append(got, fmt.Sprintf("%d %s %.40s", entry.Index, entry.Key, entry.Problem))
	}
	want := []string{
		"0 user is missing, as are fingerprint and token",
		"1 person is missing, as are email, team and share",
		"2 shared contradicts person and email: what sever",
		"3 shared contradicts person and email: what sever",
		"4 fingerprint is no SHA-256 fingerprint; write the 64 ",
		"5 fingerprint is no SHA-256 fingerprint; write the 64 ",
		"6 token stands beside a fingerprint, and a calle",
		"7 user has control characters, or spaces around",
		"8 person has control characters, or spaces around",
		"9 team has control characters, or spaces around",
		"10 user is not UTF-8; save the file as UTF-8",
		"11 team is longer than 256 bytes; shorten it",
		"14 user is that of a.csv:7, which says something",
		"17 fingerprint is that of entry 15, which says somethin",
		"19 token is that of entry 18, which says somethin",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFindDoesNotAllocate(t *testing.T) {
	m := mapOf(t, Entry{Fingerprint: print, Person: "Bob"}, Entry{User: "jane", Person: "Jane"})
	user, credential := []byte("kubernetes-admin"), []byte("X509SHA256="+strings.Repeat("0", 64))
	if n := testing.AllocsPerRun(10, func() { m.Find(user, credential) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkFind looks for a caller who is not in a map of 10,000 people and as many certificates.
func BenchmarkFind(b *testing.B) {
	var entries []Entry
	for i := range 10000 {
		entries = append(entries, Entry{User: fmt.Sprintf("user-%d@example.org", i), Person: "p"}, Entry{Fingerprint: fmt.Sprintf("%064x", i), Person: "p"})
	}
	m := mapOf(b, entries...)
	user, credential := []byte("system:serviceaccount:argocd:argocd-application-controller"), []byte("X509SHA256="+print)
	b.ReportAllocs()
	for b.Loop() {
		m.Find(user, credential)
	}
}
