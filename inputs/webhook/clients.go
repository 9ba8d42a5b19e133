package webhook

import (
	"crypto/x509"
	"net/http"
	"path"
	"slices"
	"strings"
)

// input is the one that the client may send to at this path; nil: none.
func (s *server) input(r *http.Request) *Input {
	names := namesOf(r)
	for _, in := range s.inputs {
		if in.covers(r.URL.Path) && in.admits(names) {
			return in
		}
	}
	return nil
}

// covers tells whether a path is the input's or lies below it.
func (in *Input) covers(asked string) bool {
	own := in.cfg.root()
	asked = path.Clean("/" + asked)
	return asked == own || strings.HasPrefix(asked, own+"/")
}

// root is the path in one spelling, that of requests as covers reads them, without a slash at the end: /a and /a/ are the same, and
// so are none and /.
func (c *Config) root() string { return strings.TrimSuffix(path.Clean("/"+c.Path), "/") }

func (in *Input) admits(names []string) bool {
	return len(in.cfg.Clients) == 0 || slices.ContainsFunc(in.cfg.Clients, func(c string) bool { return slices.Contains(names, c) })
}

// namesOf are those that the certificate of a client gives it, verified.
func namesOf(r *http.Request) []string {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return nil
	}
	return certified(r.TLS.VerifiedChains[0][0])
}

func certified(c *x509.Certificate) []string {
	names := append([]string{}, c.DNSNames...)
	if c.Subject.CommonName != "" {
		names = append(names, c.Subject.CommonName)
	}
	for _, uri := range c.URIs {
		names = append(names, uri.String())
	}
	return names
}
