package enrich

import (
	"fmt"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/identity"
)

// who is what appendWho makes of an event that has these members.
func who(t testing.TB, n *Enricher, members string) string {
	t.Helper()
	return strings.TrimPrefix(string(n.appendWho(nil, decode(t, head+members+`}`))), `,"actor":`)
}

// people are entries, gateways and marks that are all right.
func people(t testing.TB, entries []identity.Entry, gateways []identity.Gateway, oidc ...identity.OIDC) *Enricher {
	t.Helper()
	m, err := identity.NewMap(entries)
	if err != nil {
		t.Fatal(err)
	}
	return New(Config{People: identity.NewPeople(gateways, oidc, m)})
}

func user(name string) string { return fmt.Sprintf(`"user":{"username":"%s"}`, name) }

// TestKinds: what a user name alone tells.
func TestKinds(t *testing.T) {
	for name, want := range map[string]string{
		``:                                 `"unauthenticated"`,
		`bob`:                              `"human","name":"bob"`,
		`Zo\u00eb \"M\"`:                   `"human","name":"Zo\u00eb \"M\""`,
		`System:node:a`:                    `"human","name":"System:node:a"`,
		`system:anonymous`:                 `"anonymous","name":"system:anonymous"`,
		`system:anonymous2`:                `"controlplane","name":"system:anonymous2"`,
		`system:apiserver`:                 `"controlplane","name":"system:apiserver"`,
		`system:bootstrap:abcdef`:          `"bootstrap","name":"abcdef"`,
		`system:bootstrap:`:                `"controlplane","name":"system:bootstrap:"`,
		`system:bootstrapper`:              `"controlplane","name":"system:bootstrapper"`,
		`system:node:cp-1`:                 `"node","name":"cp-1"`,
		`system:node:`:                     `"controlplane","name":"system:node:"`,
		`system:nodes`:                     `"controlplane","name":"system:nodes"`,
		`system:serviceaccount:ci:builder`: `"serviceaccount","name":"builder","namespace":"ci"`,
		`system:serviceaccount:ci:`:        `"controlplane","name":"system:serviceaccount:ci:"`,
		`system:serviceaccount::x`:         `"controlplane","name":"system:serviceaccount::x"`,
		`system:serviceaccount:ci`:         `"controlplane","name":"system:serviceaccount:ci"`,
		`system:serviceaccount:a:b:c`:      `"controlplane","name":"system:serviceaccount:a:b:c"`,
		`system\\:node:a`:                  `"human","name":"system\\:node:a"`, // a backslash is no escape of the colon
		`system:node:a\"b\\c`:              `"node","name":"a\"b\\c"`,
		`system:node:\ud83d\ude00`:         `"node","name":"\ud83d\ude00"`,
		`s\u0079stem\u003Aserviceaccount:c:\u0064er`: `"serviceaccount","name":"\u0064er","namespace":"c"`,
	} {
		e := decode(t, head+user(name)+`}`)
		got := strings.TrimPrefix(string(New(Config{}).appendWho(nil, e)), `,"actor":`)
		if e.CallerKind() != e.Actor.Kind {
			t.Errorf("%s: %s for rules, %s for readers", name, e.CallerKind(), e.Actor.Kind)
		}
		if got, _, _ := strings.Cut(got, `,"evidence"`); got != `{"kind":`+want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

const (
	print  = "ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12"
	cert   = `"authentication.kubernetes.io/credential-id":["X509SHA256=` + print + `"]`
	jti    = `"authentication.kubernetes.io/credential-id":["JTI=1"]`
	pod    = `"authentication.kubernetes.io/pod-name":["web-0"]`
	legacy = `,"annotations":{"authentication.k8s.io/legacy-token":"system:serviceaccount:ci:b"}`
)

func with(name, extra string) string {
	return fmt.Sprintf(`"user":{"username":"%s","extra":{%s}}`, name, extra)
}

// TestEvidence: what a name rests on where nothing is configured.
func TestEvidence(t *testing.T) {
	const account = `system:serviceaccount:ci:b`
	for _, tt := range []struct{ event, want string }{
		{`"verb":"get"`, `"evidence":"none"`},
		{`"user":{}`, `"evidence":"none"`},
		{user("system:anonymous"), `"evidence":"none"`},
		{user("bob"), `"evidence":"username"`},
		{with("bob", cert), `"credential":"X509SHA256=` + print + `","evidence":"certificate"`},
		{with("bob", jti), `"credential":"JTI=1","evidence":"token"`},
		{with("bob", jti+","+pod), `"credential":"JTI=1","evidence":"token"`}, // whatever a proxy says of a person's pod
		{with("bob", `"authentication.kubernetes.io/credential-id":["NEW=1"]`), `"credential":"NEW=1","evidence":"username"`},
		{with("bob", `"authentication.kubernetes.io/credential-id":[]`), `"evidence":"username"`},
		{user("bob") + legacy, `"evidence":"username"`},
		{user(account), `"evidence":"username"`},
		{user(account) + legacy, `"evidence":"legacy-token"`},
		{with(account, jti), `"credential":"JTI=1","evidence":"token"`},
		{with(account, jti+","+pod), `"credential":"JTI=1","pod":"web-0","evidence":"pod-token"`},
		{with(account, pod), `"pod":"web-0","evidence":"pod-token"`}, // before API server 1.30
		{with("jane@example.org", cert), `"email":"jane@example.org","credential":"X509SHA256=` + print + `","evidence":"certificate"`},
		{user("system:kube-scheduler"), `"evidence":"username"`},

		// Shared by nature.
		{with("kubernetes-admin", cert), `"shared":true,"credential":"X509SHA256=` + print + `","evidence":"certificate"`},
		{user("system:admin"), `"shared":true,"evidence":"username"`},
		{user(`kubernetes\u002dadmin`), `"shared":true,"evidence":"username"`},
	} {
		if got := who(t, New(Config{}), tt.event); !strings.HasSuffix(got, ","+tt.want+"}") || strings.Count(got, `":`) > 3+strings.Count(tt.want, `":`) {
			t.Errorf("%s\n got %s\nwant %s", tt.event, got, tt.want)
		}
	}
}

// TestPersons: the map beats all else, a credential in it beats a name, and a shared account has no person.
func TestPersons(t *testing.T) {
	n := people(t, []identity.Entry{
		{User: "jane@example.org", Person: "Jane <J>", Team: "platform"},
		{User: "oidc:bob", Team: "apps"},
		{Fingerprint: print, Person: "Zoë", Email: "zoe@example.org"},
		{Token: "1", User: "system:serviceaccount:ci:b", Shared: true, Team: "ci"},
		{User: "Zoë Müller", Shared: true},
	}, nil, identity.OIDC{UsernamePrefix: "oidc:"}, identity.OIDC{GroupsPrefix: "corp/"})
	for _, tt := range []struct{ event, want string }{
		{user("jane@example.org"), `"person":"Jane \u003cJ\u003e","team":"platform","evidence":"identities:user"`},
		{with("jane@example.org", cert), `"person":"Zoë","email":"zoe@example.org","credential":"X509SHA256=` + print + `","evidence":"identities:fingerprint"`},
		{with("kubernetes-admin", cert), `"person":"Zoë","email":"zoe@example.org","credential":"X509SHA256=` + print + `","evidence":"identities:fingerprint"`},
		{with("system:serviceaccount:ci:b", jti), `"team":"ci","shared":true,"credential":"JTI=1","evidence":"identities:token"`},
		{with("bob", jti), `"credential":"JTI=1","evidence":"token"`}, // the token is another user's
		{user(`Zo\u00eb M\u00fcller`), `"shared":true,"evidence":"identities:user"`},
		{user(`Zoë Müller`), `"shared":true,"evidence":"identities:user"`},

		{user("oidc:zoe"), `"person":"zoe","evidence":"username"`}, // before 1.32 this may be a certificate
		{with("oidc:zoe", jti), `"person":"zoe","credential":"JTI=1","evidence":"oidc"`},
		{with("oidc:zoe@example.org", jti), `"person":"zoe@example.org","email":"zoe@example.org","credential":"JTI=1","evidence":"oidc"`},
		{user("oidc:bob"), `"person":"bob","team":"apps","evidence":"username"`},
		{user("oidc:"), `"evidence":"username"`},
		{`"user":{"username":"amy","groups":["a","corp/b"]}`, `"person":"amy","evidence":"username"`},
		{`"user":{"username":"amy","groups":["a","corp"]}`, `"evidence":"username"`},
		{`"user":{"username":"system:kube-scheduler","groups":["corp/b"]}`, `"evidence":"username"`},
		// Anybody whose certificate is signed may have asked for any name in it.
		{with("oidc:zoe", strings.Replace(cert, "ab12", "ffff", 1)), `"credential":"X509SHA256=ffff` + print[4:] + `","evidence":"certificate"`},
	} {
		if got := who(t, n, tt.event); !strings.HasSuffix(got, ","+tt.want+"}") || strings.Count(got, `":`) > 3+strings.Count(tt.want, `":`) {
			t.Errorf("%s\n got %s\nwant %s", tt.event, got, tt.want)
		}
	}
}

func as(impersonated string) string { return `,"impersonatedUser":{"username":"` + impersonated + `"}` }

// TestImpersonation: both sides stay, but for a declared gateway, whose word is taken.
func TestImpersonation(t *testing.T) {
	n := people(t, []identity.Entry{{User: "jane", Person: "Jane"}, {User: "u-1", Person: "Zoë"}, {Fingerprint: print, Person: "Bob"}}, []identity.Gateway{
		{User: "system:serviceaccount:cattle-system:rancher", Name: "rancher"},
		{User: "system:serviceaccount:teleport:*", Name: "teleport"},
	}, identity.OIDC{UsernamePrefix: "oidc:"})
	const rancher, teleport = `system:serviceaccount:cattle-system:rancher`, `system:serviceaccount:teleport:agent`
	for _, tt := range []struct{ event, want string }{
		{user("jane") + as("bob"), `{"kind":"human","name":"jane","person":"Jane","evidence":"identities:user"},"effective":{"kind":"human","name":"bob"}`},
		{user("bob") + as("jane"), `{"kind":"human","name":"bob","evidence":"username"},"effective":{"kind":"human","name":"jane"}`},
		{user("bob") + as(`system:serviceaccount:ci:b`), `{"kind":"human","name":"bob","evidence":"username"},"effective":{"kind":"serviceaccount","name":"b","namespace":"ci"}`},
		{user("bob") + as(""), `{"kind":"human","name":"bob","evidence":"username"}`},
		{user("bob") + `,"impersonatedUser":{}`, `{"kind":"human","name":"bob","evidence":"username"}`},

		{user(rancher) + as("u-1"), `{"kind":"human","name":"u-1","person":"Zoë","via":"rancher","evidence":"identities:user"}`},
		{with(rancher, jti+","+pod) + as("u-2"), `{"kind":"human","name":"u-2","via":"rancher","evidence":"gateway"}`},
		{user(teleport) + as("oidc:zoe@example.org"), `{"kind":"human","name":"oidc:zoe@example.org","person":"zoe@example.org","email":"zoe@example.org","via":"teleport","evidence":"gateway"}`},
		{user(teleport) + as("kubernetes-admin"), `{"kind":"human","name":"kubernetes-admin","shared":true,"via":"teleport","evidence":"gateway"}`},
		{user(teleport) + as("system:serviceaccount:ci:b"), `{"kind":"serviceaccount","name":"b","namespace":"ci","via":"teleport","evidence":"gateway"}`},
		// By itself, and where the impersonation was refused.
		{with(rancher, jti+","+pod), `{"kind":"gateway","name":"rancher","namespace":"cattle-system","credential":"JTI=1","pod":"web-0","evidence":"pod-token"}`},
		{user("system:serviceaccount:cattle-system:rancher2") + as("u-1"), `{"kind":"serviceaccount","name":"rancher2","namespace":"cattle-system","evidence":"username"},"effective":{"kind":"human","name":"u-1"}`},
		// What an impersonator writes beside the name is never taken for the API server's word.
		{user(rancher) + `,"impersonatedUser":{"username":"u-2","extra":{` + cert + `}}`, `{"kind":"human","name":"u-2","via":"rancher","evidence":"gateway"}`},

		{user("jane") + `,"impersonatedUser":{"username":"bob","extra":{"reason":["ticket \"7\"","x"]}}`,
			`{"kind":"human","name":"jane","person":"Jane","evidence":"identities:user"},"effective":{"kind":"human","name":"bob"},"reason":"ticket \"7\""`},
		{user(rancher) + `,"impersonatedUser":{"username":"u-2","extra":{"reason":["why"]}}`, `{"kind":"human","name":"u-2","via":"rancher","evidence":"gateway"},"reason":"why"`},
		{user("bob") + `,"impersonatedUser":{"username":"a","extra":{"reason":["` + strings.Repeat("x", 255) + `ü"]}}`,
			`{"kind":"human","name":"bob","evidence":"username"},"effective":{"kind":"human","name":"a"},"reason":"` + strings.Repeat("x", 255) + `"`},
		{user("bob") + `,"impersonatedUser":{"username":"a","extra":{"reason":[]}}`, `{"kind":"human","name":"bob","evidence":"username"},"effective":{"kind":"human","name":"a"}`},
	} {
		if got := who(t, n, tt.event); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.event, got, tt.want)
		}
	}
}

// TestMintedBy: a token is traced to whoever had it made, as long as that was in the log and no machine did.
func TestMintedBy(t *testing.T) {
	const account = `"objectRef":{"resource":"serviceaccounts","namespace":"ci","name":"b","subresource":"token"},`
	const made = account + `"annotations":{"authentication.kubernetes.io/issued-credential-id":"JTI=1"},`
	gateways := []identity.Gateway{{User: "system:serviceaccount:cattle-system:rancher", Name: "rancher"}}
	for _, tt := range []struct{ event, by string }{
		{made + user("jane"), "jane"},
		{made + user(`Zo\u00eb \"M\"`), `Zoë \"M\"`},
		{made + user("jane") + as("bob"), "jane"},
		{made + user("system:serviceaccount:cattle-system:rancher") + as("bob"), "bob"},
		{made + user("system:serviceaccount:ci:c"), "system:serviceaccount:ci:c"},
		{made + user(strings.Repeat("ü", 200)), strings.Repeat("ü", 128)},
		{made + user("system:node:cp-1"), ""},
		{made + user("system:kube-controller-manager"), ""},
		{account + user("jane"), ""}, // refused
		{strings.Replace(made, `"token"`, `"tokens"`, 1) + user("jane"), ""},
		{strings.Replace(made, "serviceaccounts", "pods", 1) + user("jane"), ""},
		{strings.Replace(made, `"name"`, `"apiGroup":"x.org","name"`, 1) + user("jane"), ""},
		{strings.Replace(made, "JTI=1", strings.Repeat("1", 300), 1) + user("jane"), ""},
	} {
		n := people(t, nil, gateways)
		mint, ok := n.Observe(decode(t, head+tt.event+`}`))
		if ok != (tt.by != "") {
			t.Errorf("%s: told %v %v", tt.event, mint, ok)
		}
		if _, again := n.Observe(decode(t, head+made+user("zoe")+`}`)); again == ok {
			t.Errorf("%s: a second word about the token is told: %v", tt.event, again)
		}
		if !ok {
			n.Remember(nil)
		}
		want := `{"kind":"serviceaccount","name":"b","namespace":"ci","credential":"JTI=1",`
		if ok {
			want += `"minted_by":"` + tt.by + `",`
		}
		again := New(Config{})
		again.Remember(n.mints.List())
		for _, n := range []*Enricher{n, again} {
			if got := who(t, n, with("system:serviceaccount:ci:b", jti)); got != want+`"evidence":"token"}` {
				t.Errorf("%s\n got %s\nwant %s", tt.event, got, want)
			}
			if got := who(t, n, with("jane", jti)); strings.Contains(got, "minted_by") {
				t.Errorf("a person's token was minted: %s", got)
			}
		}
	}
}

func TestIsAddress(t *testing.T) {
	for name, want := range map[string]bool{
		"jane@example.org": true, "j.d+x_y@a-b.co.uk": true, "x@y.iam.gserviceaccount.com": true,
		"": false, "jane": false, "@example.org": false, "jane@": false, "jane@example": false, "a@b@c.d": false, "a@.b": false, "a@b.": false,
		".a@b.c": false, "a..b@c.d": false, "a b@c.d": false, "oidc:a@b.c": false, `a\u0040b.c`: false, "ü@b.c": false, "a@b_c.d": false, "a@b..c": false,
	} {
		if isAddress([]byte(name)) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

// configured knows people by every kind of entry, some gateways, marks, and who had tokens made.
func configured(t testing.TB) *Enricher {
	entries := []identity.Entry{{User: "Zoë Müller", Person: "Zoë"}, {User: "bob", Person: "Bob", Team: "apps"}, {Fingerprint: print, Person: "Jane"}, {Token: "1", Team: "ci"}}
	for i := range 1000 {
		entries = append(entries, identity.Entry{User: fmt.Sprintf("user-%d@example.org", i), Person: "p"}, identity.Entry{Fingerprint: fmt.Sprintf("%064x", i), Person: "p"})
	}
	n := people(t, entries, []identity.Gateway{{User: "system:serviceaccount:cattle-system:rancher", Name: "rancher"}, {User: "system:serviceaccount:teleport:*", Name: "teleport"}},
		identity.OIDC{UsernamePrefix: "oidc:"}, identity.OIDC{GroupsPrefix: "corp/"})
	events, _ := realEvents(t)
	for _, e := range events {
		n.Observe(e)
	}
	return n
}

func TestWhoDoesNotAllocate(t *testing.T) {
	n, dst := configured(t), make([]byte, 0, 4096)
	events, _ := realEvents(t)
	for _, members := range []string{
		with(`Zo\u00eb M\u00fcller`, cert), user("oidc:jane@example.org"), user("system:serviceaccount:teleport:agent") + as("oidc:x"),
		user("bob") + `,"impersonatedUser":{"username":"x","extra":{"reason":["because"]}}`, `"user":{"username":"amy","groups":["a","corp/b"]}`,
	} {
		events = append(events, decode(t, head+members+`}`))
	}
	if allocs := testing.AllocsPerRun(10, func() {
		for _, e := range events {
			n.Observe(e)
			n.appendWho(dst, e)
		}
	}); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// BenchmarkWho tells who is behind real events: with nothing configured, and with 2,000 entries, gateways and marks.
func BenchmarkWho(b *testing.B) {
	events, size := realEvents(b)
	for name, n := range map[string]*Enricher{"nobody": New(Config{}), "configured": configured(b)} {
		b.Run(name, func(b *testing.B) {
			dst := make([]byte, 0, 4096)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				for _, e := range events {
					n.Observe(e)
					n.appendWho(dst, e)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(events)), "ns/event")
		})
	}
}
