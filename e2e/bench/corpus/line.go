package corpus

import (
	"fmt"
	"strconv"
	"time"
)

// people and programs whose events are kept, whatever they do.
var kept = []string{
	"jane@example.org", "bob", "kubernetes-admin", "zoe@example.org", "system:serviceaccount:kube-system:job-controller",
	"system:serviceaccount:kube-system:endpointslice-controller", "system:serviceaccount:flux-system:kustomize-controller",
}

var (
	resources  = []string{"pods", "configmaps", "deployments", "secrets", "services", "replicasets", "endpointslices", "events", "leases"}
	namespaces = []string{"kube-system", "default", "payments", "team-a", "monitoring", "shop-frontend"}
	reads      = []string{"get", "list", "watch", "patch", "patch"} // by machines: Noise drops them
	writes     = []string{"create", "update", "delete", "delete"}   // by anybody: Noise keeps them
	anything   = []string{"create", "patch", "delete", "get", "get", "list", "watch"}
	agents     = []string{
		"kube-controller-manager/v1.36.3 (linux/amd64) kubernetes/6f2b4c1/shared-informers",
		"kubectl/v1.36.3 (linux/amd64) kubernetes/6f2b4c1",
		"kubelet/v1.36.3 (linux/amd64) kubernetes/6f2b4c1",
		"argocd-application-controller/v0.0.0 (linux/amd64) kubernetes/$Format",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
	}
)

const micros = "2006-01-02T15:04:05.000000Z"

// appendMade appends a generated line: the fields in the order in which kube-apiserver writes them.
func (m *Maker) appendMade(dst []byte, now time.Time) []byte {
	start := len(dst)
	user, verb := m.request()
	if m.lineSize > 0 && m.lineSize < smallest {
		return m.appendSmall(dst, user, verb)
	}
	resource, namespace := pick(m, resources), pick(m, namespaces)
	name := fmt.Sprintf("%s-%08x", resource[:3], m.random.Uint32())
	level, body := m.level(verb)
	dst = append(dst, `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"`+level+`","auditID":"`...)
	dst = m.appendUUID(dst)
	dst = append(dst, `","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/`+namespace+"/"+resource+"/"+name+
		`?fieldManager=shop\u0026timeout=30s","verb":"`+verb+`","user":{"username":"`+user+`","uid":"`...)
	dst = m.appendUUID(dst)
	dst = append(dst, `","groups":["system:serviceaccounts","system:authenticated"],"extra":{"authentication.kubernetes.io/credential-id":["JTI=`...)
	dst = m.appendUUID(dst)
	dst = append(dst, `"]}},"sourceIPs":["10.0.`+strconv.Itoa(m.random.IntN(256))+"."+strconv.Itoa(m.random.IntN(256))+
		`"],"userAgent":"`+pick(m, agents)+`","objectRef":{"resource":"`+resource+`","namespace":"`+namespace+`","name":"`+name+
		`","apiVersion":"v1","resourceVersion":"`+strconv.Itoa(m.random.IntN(1e7))+`"},"responseStatus":{"metadata":{},"code":200}`...)
	dst = m.appendBodies(dst, level, body-(len(dst)-start))
	dst = append(dst, `,"requestReceivedTimestamp":"`...)
	dst = now.Add(-time.Duration(m.random.IntN(20_000))*time.Microsecond).AppendFormat(dst, micros)
	dst = append(dst, `","stageTimestamp":"`...)
	dst = now.AppendFormat(dst, micros)
	return append(dst, `","annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"RBAC: allowed by ClusterRoleBinding \"`+
		pick(m, namespaces)+`\" of ClusterRole \"edit\" to ServiceAccount"}}`+"\n"...)
}

// request is who does what: either something that Noise drops, or something that it keeps.
func (m *Maker) request() (user, verb string) {
	switch {
	case !m.wanted():
		return pick(m, Noise.Users), pick(m, reads)
	case m.random.IntN(2) == 0:
		return pick(m, Noise.Users), pick(m, writes)
	}
	return pick(m, kept), pick(m, anything)
}

// appendSmall appends an event of little more than 100 bytes: what is left of the fields that a shipper looks at.
func (m *Maker) appendSmall(dst []byte, user, verb string) []byte {
	dst = append(dst, `{"auditID":"`...)
	dst = m.appendUUID(dst)
	return append(dst, `","stage":"ResponseComplete","verb":"`+verb+`","user":{"username":"`+user+`"}}`+"\n"...)
}

func (m *Maker) appendUUID(dst []byte) []byte {
	a, b := m.random.Uint64(), m.random.Uint64()
	return fmt.Appendf(dst, "%08x-%04x-4%03x-%04x-%012x", uint32(a), uint16(a>>32), a>>52, uint16(b)|0x8000, b>>16)
}

func pick[T any](m *Maker, from []T) T { return from[m.random.IntN(len(from))] }
