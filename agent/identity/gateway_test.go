package identity

import "testing"

func TestGatewayFaults(t *testing.T) {
	for user, want := range map[string]bool{
		"system:serviceaccount:cattle-system:rancher":                              true,
		"system:serviceaccount:cattle-impersonation-system:cattle-impersonation-*": true,
		"system:serviceaccount:teleport:*":                                         true,
		"oauth-proxy":                                                              true,
		"proxy-*":                                                                  true,

		"": false, "*": false, "pr*": false, "s*": false, "sys*": false, "system:*": false, "system:serviceaccount:*": false, "system:serviceaccount:cattle*": false,
		"a*b": false, "abc**": false, " a": false, "a\n": false,
	} {
		if _, problem := (&Gateway{User: user, Name: "n"}).Fault(); (problem == "") != want {
			t.Errorf("%q: %q", user, problem)
		}
	}
	for _, name := range []string{"", "a\"b", `a\b`, "ü", "a\n"} {
		if key, problem := (&Gateway{User: "u", Name: name}).Fault(); key != "name" || problem == "" {
			t.Errorf("a gateway with the name %q: fault of %q: %q", name, key, problem)
		}
	}
}

func TestOIDCFaults(t *testing.T) {
	for mark, want := range map[OIDC]string{
		{UsernamePrefix: "oidc:"}:                       "",
		{UsernamePrefix: "https://issuer.example.org#"}: "",
		{GroupsPrefix: "corp/"}:                         "",
		{}:                                              "username_prefix",
		{UsernamePrefix: "system:x"}:                    "username_prefix",
		{UsernamePrefix: "o idc"}:                       "username_prefix",
		{UsernamePrefix: "oidc:", GroupsPrefix: "grüße"}: "groups_prefix",
	} {
		if key, problem := mark.Fault(); key != want || (problem == "") != (want == "") {
			t.Errorf("%+v: %s %s, want %q", mark, key, problem, want)
		}
	}
}

// TestReplace: who has the old map keeps it; who asks next gets the new one.
func TestReplace(t *testing.T) {
	p := Nobody()
	old := p.Map()
	p.Replace(mapOf(t, Entry{User: "jane", Person: "Jane"}))
	if old.Find([]byte("jane"), nil) != nil || p.Map().Find([]byte("jane"), nil) == nil {
		t.Error("the maps are mixed up")
	}
}
