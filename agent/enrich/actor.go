package enrich

import "github.com/auditship/auditship/agent/event"

// The beginnings of the names that Kubernetes itself gives out (k8s.io/apiserver pkg/authentication/serviceaccount,
// k8s.io/kubernetes pkg/auth/nodeidentifier, k8s.io/cluster-bootstrap/token/api). Authenticators are set up by the same
// people who run the cluster; nobody else can choose a name with "system:" in front.
const (
	system         = "system:"
	serviceAccount = "system:serviceaccount:" // NAMESPACE:NAME
	node           = "system:node:"           // NAME
	bootstrap      = "system:bootstrap:"      // ID of a bootstrap token
	anonymous      = "system:anonymous"
	admin          = "system:admin" // whom the kubeconfig of k3s and of an OpenShift installation is for: a person
)

// actorOf tells what sort of caller a user name stands for. Names without "system:" are people, also such as
// kube-apiserver-kubelet-client, which kubeadm makes for calls to the kubelets: a call to the API server under that name is
// somebody who has taken the key.
func actorOf(e *event.Event, user event.Text) event.Actor {
	if user.Len() == 0 {
		return event.Actor{Kind: event.Unauthenticated}
	}
	if _, ok := cutPrefix(e, user, system); !ok {
		return event.Actor{Kind: event.Human, Name: user}
	}
	if namespace, name, ok := splitServiceAccount(e, user); ok { // most events are of these
		return event.Actor{Kind: event.ServiceAccount, Name: name, Namespace: namespace}
	}
	if name, ok := cutPrefix(e, user, node); ok && name.Len() > 0 {
		return event.Actor{Kind: event.Node, Name: name}
	}
	if id, ok := cutPrefix(e, user, bootstrap); ok && id.Len() > 0 {
		return event.Actor{Kind: event.Bootstrap, Name: id}
	}
	switch {
	case e.Equal(user, anonymous):
		return event.Actor{Kind: event.Anonymous, Name: user}
	case e.Equal(user, admin):
		return event.Actor{Kind: event.Human, Name: user}
	}
	return event.Actor{Kind: event.ControlPlane, Name: user}
}

// splitServiceAccount gives the two parts of a service account's user name; both must be there and nothing else.
func splitServiceAccount(e *event.Event, user event.Text) (namespace, name event.Text, ok bool) {
	rest, ok := cutPrefix(e, user, serviceAccount)
	if !ok {
		return event.Text{}, event.Text{}, false
	}
	namespace, name, ok = cut(e, rest, ":")
	if _, _, more := cut(e, name, ":"); !ok || more || namespace.Len() == 0 || name.Len() == 0 {
		return event.Text{}, event.Text{}, false
	}
	return namespace, name, true
}
