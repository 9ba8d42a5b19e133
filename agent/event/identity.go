package event

// The known members of a user (authentication.k8s.io/v1 UserInfo).
const (
	username = iota
	uid
	groups
	extra
)

var identityNames = [...]string{username: "username", uid: "uid", groups: "groups", extra: "extra"}

var identityKeys = newNames(identityNames[:])

// The known keys of extra, which API server 1.32 sets for certificates and tokens (k8s.io/apiserver
// pkg/authentication/user and pkg/authentication/serviceaccount).
const (
	credentialID = iota
	podName
)

var extraNames = [...]string{credentialID: "authentication.kubernetes.io/credential-id", podName: "authentication.kubernetes.io/pod-name"}

// identity reads a user at i into id.
func (d *Decoder) identity(i int, id *Identity) int {
	seen, expect := Fields(0), 0
	i, more := d.open(i, '{')
	for more {
		f, value := d.member(identityKeys, expect, i)
		if value < 0 {
			return value
		}
		if f < len(identityNames) && seen.Has(Field(f)) {
			return d.fail(duplicate, i)
		}
		seen, expect = seen|1<<f, f+1
		if i = d.userInfo(f, value, id); i < 0 {
			return i
		}
		i, more = d.next(i, '}')
	}
	return i
}

func (d *Decoder) userInfo(f, i int, id *Identity) (end int) {
	var last Text
	switch f {
	case username:
		return d.text(i, &id.Username)
	case uid:
		return d.text(i, &id.UID)
	case groups:
		end = d.strings(i, &last)
		id.Groups = d.unlessNull(i, end)
	case extra:
		end = d.extra(i, id)
		id.Extra = d.unlessNull(i, end)
	default:
		end = d.skip(i, 2)
	}
	return end
}

// extra reads an object of string arrays. Of those that are known the last string counts; there is one.
func (d *Decoder) extra(i int, id *Identity) int {
	seen := Fields(0)
	i, more := d.open(i, '{')
	for more {
		key, value := d.key(i)
		if value < 0 {
			return value
		}
		var last Text
		f := d.find(extraNames[:], 0, key)
		if f < len(extraNames) && seen.Has(Field(f)) {
			return d.fail(duplicate, i)
		}
		seen |= 1 << f
		if i = d.strings(value, &last); i < 0 {
			return i
		}
		switch f {
		case credentialID:
			id.Credential = last
		case podName:
			id.Pod = last
		}
		i, more = d.next(i, '}')
	}
	return i
}

// unlessNull is the span of a value, and the zero Span for null or after a failure.
func (d *Decoder) unlessNull(start, end int) Span {
	if end < 0 || d.data[start] == 'n' {
		return Span{}
	}
	return span(start, end)
}
