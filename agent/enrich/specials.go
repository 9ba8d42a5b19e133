package enrich

// special is an action that has a name of its own.
type special struct {
	verbs  verbs
	code   string // what begins with "-" stands behind the kind: "-scale" is deployment-scale
	class  string
	phrase string
	refine func(*what, *subject, *action) // may say it more exactly, from the body; nil: nothing more is known
}

var (
	anyVerb  = ^verbs(0)
	changing = set(creates, updates, patches)
)

// specials are actions on objects, by resource. With subspecials and the codes in action.go this is the closed table of
// docs/events.md: a code, once published, keeps its meaning.
var specials = map[string][]special{
	"certificatesigningrequests": {{set(creates), "certificate-request", proving, "request certificate%t", nil}},
	"clusterrolebindings":        {{changing, "", writing, "", (*what).refineBinding}},
	"daemonsets":                 {{set(patches, updates), "", writing, "", (*what).refineRestart}},
	"deployments":                {{set(patches, updates), "", writing, "", (*what).refineRestart}},
	"localsubjectaccessreviews":  {{set(creates), "access-review", proving, "check somebody's access", nil}},
	"nodes":                      {{set(patches), "", writing, "", (*what).refineCordon}},
	"rolebindings":               {{changing, "", writing, "", (*what).refineBinding}},
	"selfsubjectaccessreviews":   {{set(creates), "own-access-review", proving, "check own access", (*what).refineAccess}},
	"selfsubjectreviews":         {{set(creates), "own-identity-read", proving, "ask for own identity", nil}},
	"selfsubjectrulesreviews":    {{set(creates), "own-rules-read", proving, "list own rights", nil}},
	"statefulsets":               {{set(patches, updates), "", writing, "", (*what).refineRestart}},
	"subjectaccessreviews":       {{set(creates), "access-review", proving, "check somebody's access", (*what).refineAccess}},
	"tokenreviews":               {{set(creates), "token-review", proving, "check a token", nil}},
}

// subspecial is an action on a subresource.
type subspecial struct {
	resource string // empty: any
	special
}

// subspecials are actions on subresources, by name. Those with a resource are for the kinds of Kubernetes alone.
var subspecials = map[string][]subspecial{
	"approval": {{"certificatesigningrequests", special{set(updates, patches), "certificate-decide", proving, "decide on certificate signing request%t", (*what).refineApproval}}},
	"attach":   {{"pods", special{anyVerb, "pod-attach", visiting, "attach to pod%t", (*what).refineSession}}},
	"binding":  {{"pods", special{set(creates), "pod-schedule", writing, "schedule pod%t", (*what).refineSchedule}}},
	"ephemeralcontainers": {
		{"pods", special{changing, "pod-debug", visiting, "debug pod%t", (*what).refineSession}},
	},
	"eviction":    {{"pods", special{set(creates), "pod-evict", deleting, "evict pod%t", nil}}},
	"exec":        {{"pods", special{anyVerb, "pod-exec", visiting, "exec into pod%t", (*what).refineSession}}},
	"finalize":    {{"namespaces", special{set(updates), "namespace-finalize", deleting, "finalize namespace%t", nil}}},
	"log":         {{"pods", special{set(gets), "pod-log-read", reading, "read logs of pod%t", nil}}},
	"portforward": {{"pods", special{anyVerb, "pod-port-forward", visiting, "forward ports to pod%t", nil}}},
	"proxy":       {{"", special{anyVerb, "-proxy", "", "proxy to %k%t", (*what).refineProxy}}},
	"scale":       {{"", special{changing, "-scale", writing, "scale %k%t", (*what).refineScale}}},
	"token":       {{"serviceaccounts", special{set(creates), "token-mint", proving, "mint token for service account%t", nil}}},
}
