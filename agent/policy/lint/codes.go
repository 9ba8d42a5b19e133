package lint

// Code is what all findings of one kind have in common.
type Code struct {
	Severity Severity // some findings of the kind may differ
	Why      string   // it matters
	Instead  string   // what to write
}

// Codes are all kinds of findings. What is said of kube-apiserver is said of v1.36.
var Codes = map[string]Code{
	"old-version":     {Error, "kube-apiserver v1.24 and later reads audit.k8s.io/v1 alone and does not start with this file", "apiVersion: audit.k8s.io/v1; the rules stay as they are"},
	"no-rules":        {Error, "kube-apiserver does not start with such a policy", "add rules; {level: Metadata} alone logs every request"},
	"wrong-value":     {Error, "kube-apiserver checks this and does not start", "see the key in https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/"},
	"unknown-key":     {Error, "kube-apiserver only logs a warning, drops the key and starts: the rule then applies to more than is written", "mend the key, or remove it"},
	"foreign-key":     {Error, "kube-apiserver only logs a warning and drops this key, which the agent alone knows: the rule then applies to more than is written", "put the rule under policy in the agent's configuration"},
	"rule-name":       {Info, "kube-apiserver does not know the key name, and logs a warning; nothing else changes", "put the name into a comment, if the warning disturbs"},
	"key-twice":       {Error, "kube-apiserver only logs a warning and takes the last one", "keep one of them"},
	"second-document": {Error, "kube-apiserver reads the first document and not one word of the others", "put all rules into one document"},

	"unknown-verb":     {Error, "kube-apiserver does not check verbs: this one is in no request, so it matches nothing", "get, list, watch, create, update, patch, delete, deletecollection; of paths: get, post, put, delete, head, options; no verbs at all is every verb"},
	"literal-wildcard": {Error, "kube-apiserver compares this literally, so it matches nobody and nothing", "name each one; leave the key out to match all; all service accounts of a namespace are the group system:serviceaccounts:NAMESPACE, all nodes the group system:nodes"},
	"never-matches":    {Error, "kube-apiserver takes it and no request can match it", "see https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/"},
	"resource-names":   {Warning, "a create or deletecollection has no name in its path, and a list or watch only with fieldSelector=metadata.name=…, so a rule with resourceNames does not match them", "put these verbs into a rule without resourceNames"},
	"cluster-scoped":   {Error, "requests for it have no namespace, so a rule with namespaces does not match them", "put cluster-scoped resources into a rule without namespaces"},

	"wrong-group":         {Error, "resources are looked up in the group that stands beside them, so this matches nothing", "name the resource under its own group"},
	"unknown-group":       {Warning, "groups without a dot are those of kube-apiserver itself, and it has none of that name", "a custom resource is in a group with a dot, such as example.org"},
	"unknown-resource":    {Warning, "this group is served by kube-apiserver itself, and v1.36 has no such resource in it: the rule does not match it", "use the plural in lower case, as in kubectl api-resources"},
	"unknown-subresource": {Warning, "kube-apiserver v1.36 has no such subresource here: the rule does not match it", "use one that it has"},
	"gone-resource":       {Info, "supported releases of Kubernetes do not serve it any more, so the rule matches nothing", "name where it is now, or remove it"},

	"unreachable":           {Error, "the first rule that matches decides, so what is written here never happens", "move it up, or remove it"},
	"redundant":             {Warning, "the first rule that matches decides, and those before this one match all that it does, to the same effect", "remove it"},
	"no-catch-all":          {Warning, "what no rule matches is not logged, and nobody can tell later that it happened", "end with a rule of a level alone: - level: Metadata"},
	"unmatched-subresource": {Warning, "a resource does not match its subresources: they go to a later rule, or to none", "name them, too: [pods, pods/exec], or all of them: pods/*"},

	"credentials":        {Error, "whoever reads the log, its backups or where it is shipped to can use them; CIS Kubernetes Benchmark 3.2.2 asks for Metadata at most", "put a rule with level: Metadata for secrets, configmaps and serviceaccounts/token of the core group and tokenreviews of authentication.k8s.io before this one"},
	"sessions-unlogged":  {Error, "this is how people get into containers and nodes: without it nobody can tell who did", "put a rule with level: Metadata or above for it before this one"},
	"rbac-unlogged":      {Error, "this is how rights are given and taken: without it nobody can tell who did", "put a rule with level: RequestResponse for rbac.authorization.k8s.io before this one"},
	"failed-logins":      {Error, "a failed login (401) has a ResponseStarted event and nothing else, and no user", "omitStages: [RequestReceived], and rules that match it need neither users nor userGroups"},
	"late-sessions":      {Warning, "exec, attach, port-forward and watch are told at their beginning by ResponseStarted; without it they are told when they end, which may be days later, or never if the server dies", "omitStages: [RequestReceived]"},
	"json-patch":         {Info, "at Metadata nothing tells what was changed, and at Request a JSON Patch tells it as a list of edits, in which who looks for fields of an object finds none: only the response has what the object became", "level: RequestResponse for them: they are few"},
	"unwritten-applies":  {Warning, "kube-apiserver can't write an event whose body is no JSON, such as that of a server-side apply in YAML (kubectl sends JSON, others need not): it is carried out and logged nowhere, but for RequestReceived, which comes before the body", "a rule with verbs: [patch] for them, without RequestReceived in omitStages of the rule and at the top; or level: Metadata"},
	"reads-in-full":      {Warning, "every list is one event with all objects in it, credentials too; what exceeds --audit-log-maxsize (or a webhook's limits) is not logged at all", "level: Metadata for get, list and watch, RequestResponse for what changes things"},
	"managed-fields":     {Info, "metadata.managedFields makes bodies larger, by a fifth in a recorded run, and says nothing that the request does not", "omitManagedFields: true, at the top (since v1.23)"},
	"request-received":   {Info, "it comes before anything happened, and all that it says is said again when the request ends: most events are written twice", "omitStages: [RequestReceived], at the top"},
	"anonymous-unlogged": {Warning, "requests without credentials are how strangers look around", "except the health probes by their paths and not by their user"},
}
