package fluentd

import "github.com/auditship/auditship/agent/migrate"

// secure makes the tls block of an output out of parameters; names are those of the plugin.
type secure struct {
	ca, cert, key, passphrase, verify, noVerify string
}

func (c *converter) tls(s section, names secure) *migrate.Block {
	tls := migrate.NewBlock()
	for _, p := range []struct{ key, name string }{{names.ca, "ca_file"}, {names.cert, "cert_file"}, {names.key, "key_file"}} {
		if p.key != "" && s.may(p.key) {
			tls.Set(p.name, s.take(p.key, "tls."+p.name))
		}
	}
	if names.passphrase != "" && s.has(names.passphrase) && s.now(names.passphrase) != "" {
		s.warn(names.passphrase, "opened the private key; auditship reads keys without a passphrase, protected by their file's permissions: openssl pkey -in KEY -out NEW")
	}
	unverified := names.verify != "" && !s.flag(names.verify, true) || names.noVerify != "" && s.flag(names.noVerify, false)
	if unverified {
		tls.Set("insecure_skip_verify", true, "as before; better give ca_file")
	}
	for _, key := range []string{names.verify, names.noVerify} {
		if key != "" {
			s.to(key, "tls.insecure_skip_verify")
		}
	}
	return tls
}

// credentials puts username and password into a block.
func (c *converter) credentials(s section, block *migrate.Block, user, password string) {
	if !s.may(user) {
		s.to(user, "not set")
		s.to(password, "not set")
		return
	}
	block.Set("username", s.take(user, "username"))
	block.Set("password", s.take(password, "password"), "better in a file of its own: password_file")
}
