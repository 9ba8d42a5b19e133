package enrich

import (
	"bytes"
	"strings"

	"github.com/auditship/auditship/agent/event"
)

// kind is a sort of object that Kubernetes itself has.
type kind struct {
	groups     []string // its API groups
	one        string   // in the singular: "secret"
	namespaced bool
	actions    []special // what is more than its verb says, without a subresource
}

// kinds are the resources of Kubernetes by their names in the API (its API reference, v1.36). Others, whose definitions
// somebody may make with any name, are told by the rules of English.
var kinds = newKinds(map[string]string{ // by API group
	"": `bindings configmaps endpoints events limitranges persistentvolumeclaims pods podtemplates replicationcontrollers
		resourcequotas secrets serviceaccounts services / componentstatuses namespaces nodes persistentvolumes`,
	"admissionregistration.k8s.io": `/ mutatingadmissionpolicies mutatingadmissionpolicybindings mutatingwebhookconfigurations
		validatingadmissionpolicies validatingadmissionpolicybindings validatingwebhookconfigurations`,
	"apiextensions.k8s.io":         `/ customresourcedefinitions`,
	"apiregistration.k8s.io":       `/ apiservices`,
	"apps":                         `controllerrevisions daemonsets deployments replicasets statefulsets`,
	"authentication.k8s.io":        `/ selfsubjectreviews tokenreviews`,
	"authorization.k8s.io":         `localsubjectaccessreviews / selfsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews`,
	"autoscaling":                  `horizontalpodautoscalers`,
	"batch":                        `cronjobs jobs`,
	"certificates.k8s.io":          `podcertificaterequests / certificatesigningrequests clustertrustbundles`,
	"coordination.k8s.io":          `leases leasecandidates`,
	"discovery.k8s.io":             `endpointslices`,
	"events.k8s.io":                `events`,
	"extensions":                   `daemonsets deployments ingresses networkpolicies replicasets`,
	"flowcontrol.apiserver.k8s.io": `/ flowschemas prioritylevelconfigurations`,
	"internal.apiserver.k8s.io":    `/ storageversions`,
	"networking.k8s.io":            `ingresses networkpolicies / ingressclasses ipaddresses servicecidrs`,
	"node.k8s.io":                  `/ runtimeclasses`,
	"policy":                       `poddisruptionbudgets / podsecuritypolicies`,
	"rbac.authorization.k8s.io":    `rolebindings roles / clusterrolebindings clusterroles`,
	"resource.k8s.io":              `resourceclaims resourceclaimtemplates / deviceclasses resourceslices`,
	"scheduling.k8s.io":            `/ priorityclasses`,
	"storage.k8s.io":               `csistoragecapacities / csidrivers csinodes storageclasses volumeattachments volumeattributesclasses`,
	"storagemigration.k8s.io":      `/ storageversionmigrations`,
})

func newKinds(groups map[string]string) map[string]*kind {
	all := map[string]*kind{}
	for group, names := range groups {
		namespaced := true
		for _, name := range strings.Fields(names) {
			if name == "/" { // what follows is the cluster's
				namespaced = false
				continue
			}
			if all[name] == nil {
				all[name] = &kind{one: string(singular(nil, []byte(name))), namespaced: namespaced, actions: specials[name]}
			}
			all[name].groups = append(all[name].groups, group)
		}
	}
	return all
}

// kindOf is the kind of the event's target; nil where it is none of Kubernetes itself.
func kindOf(e *event.Event) *kind {
	if e.Object.Resource.Escaped {
		return nil
	}
	k := kinds[string(e.Bytes(e.Object.Resource.Span))]
	if k == nil {
		return nil
	}
	for _, group := range k.groups {
		if string(e.Bytes(e.Object.APIGroup.Span)) == group {
			return k
		}
	}
	return nil
}

// singular appends the singular of the name of a resource.
func singular(dst, many []byte) []byte {
	switch {
	case string(many) == "endpoints":
		return append(dst, many...)
	case bytes.HasSuffix(many, []byte("ies")) && len(many) > 4:
		return append(append(dst, many[:len(many)-3]...), 'y')
	case hasSuffix(many, "sses", "shes", "ches", "xes", "statuses", "prometheuses"):
		return append(dst, many[:len(many)-2]...)
	case hasSuffix(many, "ss") || len(many) < 2:
		return append(dst, many...)
	}
	return append(dst, bytes.TrimSuffix(many, []byte("s"))...)
}

func hasSuffix(text []byte, ends ...string) bool {
	for _, end := range ends {
		if len(text) >= len(end) && string(text[len(text)-len(end):]) == end {
			return true
		}
	}
	return false
}
