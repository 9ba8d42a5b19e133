package identity

import "strings"

// Gateway is a proxy that authenticates people itself and impersonates them at the API server, and that is trusted to name the
// right one.
type Gateway struct {
	User string `yaml:"user"` // of its calls; with * at its end: all users that begin so
	Name string `yaml:"name"` // what it is called in events
}

// Pattern is the user without the * at its end, and whether there is one.
func (g *Gateway) Pattern() (user string, prefix bool) { return strings.CutSuffix(g.User, "*") }

// Fault is what is wrong with it.
func (g *Gateway) Fault() (key, problem string) {
	if g.User == "" {
		return "user", "is missing; give the user name under which the gateway calls the API server"
	}
	if g.Name == "" {
		return "name", "is missing; say what the gateway is called in events, such as rancher"
	}
	for _, value := range []struct{ key, text string }{{"user", g.User}, {"name", g.Name}} {
		if problem := refuse(value.text); problem != "" {
			return value.key, problem
		}
	}
	if strings.ContainsFunc(g.Name, func(r rune) bool { return r > '~' || r == '"' || r == '\\' }) {
		return "name", "may hold ASCII characters without quotes and backslashes only"
	}
	return "user", g.broad()
}

// broad says why so much may not be trusted.
func (g *Gateway) broad() string {
	user, prefix := g.Pattern()
	account, ofAccount := strings.CutPrefix(user, "system:serviceaccount:")
	switch {
	case strings.Contains(user, "*"):
		return "has a * that is not at its end; give one user, or a beginning and *"
	case !prefix:
		return ""
	case ofAccount && !strings.Contains(account, ":"):
		return "would trust the service accounts of several namespaces; give a whole namespace before the *, as in system:serviceaccount:NAMESPACE:*"
	case !ofAccount && (len(user) < 3 || strings.HasPrefix("system:serviceaccount:", user)):
		return "would trust too many; give more of the name before the *"
	}
	return ""
}

// OIDC is how user names of an OpenID Connect provider are known: what the API server was told to put before them
// (--oidc-username-prefix, --oidc-groups-prefix, or the prefixes of its AuthenticationConfiguration).
type OIDC struct {
	UsernamePrefix string `yaml:"username_prefix"`
	GroupsPrefix   string `yaml:"groups_prefix"` // counts only where there is no UsernamePrefix
}

// Fault is what is wrong with it.
func (o *OIDC) Fault() (key, problem string) {
	if o.UsernamePrefix+o.GroupsPrefix == "" {
		return "username_prefix", "is missing, as is groups_prefix; give at least one, as kube-apiserver has it"
	}
	for _, prefix := range []struct{ key, text string }{{"username_prefix", o.UsernamePrefix}, {"groups_prefix", o.GroupsPrefix}} {
		for _, c := range []byte(prefix.text) {
			if c <= ' ' || c >= 0x7f {
				return prefix.key, "may hold ASCII characters without spaces only"
			}
		}
		if strings.HasPrefix(prefix.text, "system:") {
			return prefix.key, "begins with system:, which is Kubernetes' own"
		}
	}
	return "", ""
}
