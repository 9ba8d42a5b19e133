package corpus

import (
	"bytes"
	"slices"
)

// Filter drops what machines read and patch: an event is dropped if its user is one of Users and its verb one of Verbs.
type Filter struct {
	Users, Verbs []string
}

// Noise is the filter that every shipper of the comparison is given.
var Noise = Filter{
	Users: []string{
		"system:apiserver", "system:kube-scheduler", "system:kube-controller-manager",
		"system:node:node-1", "system:node:node-2", "system:node:node-3",
		"system:serviceaccount:kube-system:generic-garbage-collector", "system:serviceaccount:kube-system:deployment-controller",
		"system:serviceaccount:kube-system:replicaset-controller", "system:serviceaccount:monitoring:prometheus",
		"system:serviceaccount:argocd:argocd-application-controller", "ci-bot",
	},
	Verbs: []string{"get", "list", "watch", "patch"},
}

// Drops decides about a line as kube-apiserver writes it: verb and user stand before anything that clients shape freely
// but the request URI, in which quotes are escaped. Verification decides by encoding/json instead.
func (f *Filter) Drops(line []byte) bool {
	return slices.Contains(f.Verbs, after(line, `,"verb":"`)) && slices.Contains(f.Users, after(line, `,"user":{"username":"`))
}

// after is the text from a key up to the next quote.
func after(line []byte, key string) string {
	at := bytes.Index(line, []byte(key))
	if at < 0 {
		return ""
	}
	rest := line[at+len(key):]
	return string(rest[:max(0, bytes.IndexByte(rest, '"'))])
}
