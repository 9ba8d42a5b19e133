package redact

import "bytes"

// class is what a value is, by the keys that lead to it.
type class uint8

const (
	ordinary     class = iota
	secretObject       // a Secret, or what changes one
	metadata
	annotations   // an object of texts
	annotation    // a text that may be a document
	applied       // the same, of which it is known that it holds the whole object
	owner         // a spec or a status, whose token is one
	environment   // the value of env
	arguments     // of a command
	argument      // one of them
	element       // of an array of anything else
	secretData    // an object of base64 texts, all of them secrets
	secretStrings // the same in plain
	base64Secret  // what is hidden, from here on
	secret
	removed
	dropped // is left out with its key
)

// open tells that only keys with a meaning say anything of what is in it.
func (c class) open() bool { return c == ordinary || c == metadata || c == owner || c == element }

func (c class) hidden() bool { return c >= base64Secret && c <= removed }

// flags are what is known of all that a value holds.
type flags uint8

const (
	inSecret flags = 1 << iota
	inConfigMap
	ofSecrets // a request for Secrets of the core group, not for a custom resource of that name
)

// place is what a value is.
type place struct {
	class
	flags
}

// child is the place of a member, whose key is resolved; f is nil where nothing is known of the others.
func (r *Redactor) child(p place, w word, key []byte, f *facts) place {
	if p.hidden() || p.class == dropped {
		return p
	}
	q := place{flags: p.flags}
	if f != nil {
		q.flags |= f.flags
	}
	if w == managedFieldsWord && p.class == metadata {
		q.class = dropped
		return q
	}
	if r.off {
		if w == metadataWord {
			q.class = metadata
		}
		return q
	}
	if q.class = r.byParent(p, w, key); q.class == ordinary {
		q.class = r.byKey(q.flags, w)
	}
	return q
}

// byParent is for keys that somebody has chosen, and for those that mean something in one place only.
func (r *Redactor) byParent(p place, w word, key []byte) class {
	switch p.class {
	case secretObject:
		if found := r.byKey(p.flags, w); !isOfSecret(key) && (found == ordinary || found >= owner && found <= argument) {
			return secretStrings
		}
	case secretData:
		return base64Secret
	case secretStrings:
		return secret
	case annotations:
		if isApplied(key) {
			return applied
		}
		if p.flags&inSecret != 0 && r.names.match(key) { // openshift.io/token-secret.value
			return secret
		}
		return annotation
	case environment:
		if r.names.match(key) {
			return secret
		}
	case owner:
		if w == tokenWord {
			return secret
		}
	}
	return ordinary
}

// root is the place of what is known to be a whole object, or to change one.
func (p place) root() place {
	if p.flags&ofSecrets != 0 && p.class == ordinary {
		p.class = secretObject
	}
	return p
}

// isOfSecret tells whether a key is one of a Secret (k8s.io/api core/v1), or directs a strategic merge patch. What else a client
// sends is a mistake, and mostly one that has put a value a level too high or misspelt stringData: the API server drops it or
// refuses the request, and has written it down before.
func isOfSecret(key []byte) bool {
	switch string(key) {
	case "kind", "apiVersion", "metadata", "data", "stringData", "type", "immutable", "$patch", "$retainKeys", "$setElementOrder":
		return true
	}
	return false
}

// byKey is for keys that mean the same everywhere.
func (r *Redactor) byKey(known flags, w word) class {
	switch w {
	case dataWord, binaryDataWord:
		if known&inSecret != 0 {
			return secretData
		}
		if known&inConfigMap != 0 && r.configMaps && w == dataWord {
			return secretStrings
		} else if known&inConfigMap != 0 && r.configMaps {
			return secretData
		}
	case stringDataWord: // only Secrets have it
		return secretStrings
	case metadataWord:
		return metadata
	case annotationsWord:
		return annotations
	case specWord:
		return owner
	case envWord:
		return environment
	case commandWord:
		return arguments
	}
	return ordinary
}

// elementOf is the place of the elements of an array.
func elementOf(p place) place {
	switch p.class {
	case arguments:
		p.class = argument
	case secretData, secretStrings:
		p.class = secret
	case annotations:
		p.class = annotation
	default:
		if !p.hidden() && p.class != dropped {
			p.class = element
		}
	}
	return p
}

// isApplied tells whether an annotation is known to hold the whole object as it was applied: kubectl's last-applied-configuration,
// and what Rancher, Banzai and kapp have in its place, the first two of them compressed.
func isApplied(key []byte) bool {
	return bytes.Contains(key, []byte("last-applied")) || bytes.HasSuffix(key, []byte("/applied")) || string(key) == "kapp.k14s.io/original"
}
