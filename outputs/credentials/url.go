package credentials

import "net/url"

// URL is the address of a server that speaks HTTP, such as example, or what is wrong with it. The problem never repeats the address,
// which may hold a password.
func URL(address, example string) (u *url.URL, problem string) {
	u, err := url.Parse(address)
	switch {
	case address == "":
		problem = "is missing: write it as " + example
	case err != nil:
		problem = "is no address: write it as " + example
	case u.Scheme != "http" && u.Scheme != "https":
		problem = "must begin with https:// or http://"
	case u.Hostname() == "":
		problem = "has no host: write it as " + example
	case u.User != nil:
		problem = "must not hold credentials: use username and password_file"
	}
	return u, problem
}
