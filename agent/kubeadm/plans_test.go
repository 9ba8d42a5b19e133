package kubeadm

import (
	"slices"
	"strings"
	"testing"
)

type planCase struct {
	manifest string
	settings Settings
	files    files
}

// plans are manifests as they are met, and what else is on the node.
func plans(t *testing.T) map[string]planCase {
	base := v136(t)
	policy := files{DefaultPolicyPath: goodPolicy}
	policyMount, policyVolume := mountOf("audit-policy", "/etc/kubernetes/audit")+"\nreadOnly: true", hostVolume("audit-policy", "/etc/kubernetes/audit", "DirectoryOrCreate")
	logMount, logVolume := mountOf("audit-log", "/var/log/kubernetes/audit"), hostVolume("audit-log", "/var/log/kubernetes/audit", "DirectoryOrCreate")
	right := with(base, allFlags, []string{policyMount, logMount}, []string{policyVolume, logVolume})
	edited := func(from, to string) string {
		if !strings.Contains(right, from) {
			t.Fatalf("%q is not in the manifest", from)
		}
		return strings.Replace(right, from, to, 1)
	}
	logged := func(path string, mount, volume string) string { // the log elsewhere
		flags := slices.Clone(allFlags)
		flags[1] = "--audit-log-path=" + path
		return with(base, flags, []string{policyMount, mount}, []string{policyVolume, volume})
	}
	return map[string]planCase{
		"clean-1.36": {manifest: base},
		"clean-1.28": {manifest: read(t, "testdata/v1.28.yaml")},
		"right":      {manifest: right, files: policy},
		"settings":   {manifest: base, settings: Settings{Policy: &Policy{"mine", []byte(goodPolicy)}, PolicyPath: "/srv/audit/policy/p.yaml", LogPath: "/srv/audit/log/a.log", MaxSize: 500, MaxBackups: 3, MaxAge: 7}},
		"new-policy": {manifest: right, files: policy, settings: Settings{Policy: &Policy{"other", []byte(goodPolicy + "# other\n")}}},
		// kubernetes.io/docs/tasks/debug/debug-cluster/audit: the policy is mounted as a file, the log too, and nothing is rotated before 1.36
		"documented": {manifest: with(base, []string{"--audit-policy-file=/etc/kubernetes/audit-policy.yaml", "--audit-log-path=/var/log/kubernetes/audit/audit.log"},
			[]string{mountOf("audit", "/etc/kubernetes/audit-policy.yaml") + "\nreadOnly: true", mountOf("audit-log", "/var/log/kubernetes/audit/") + "\nreadOnly: false"},
			[]string{"name: audit\nhostPath:\n  path: /etc/kubernetes/audit-policy.yaml\n  type: File", "name: audit-log\nhostPath:\n  path: /var/log/kubernetes/audit/\n  type: DirectoryOrCreate"}),
			files: files{"/etc/kubernetes/audit-policy.yaml": goodPolicy}},
		// a walkthrough of 2019: a gate and a version of the policy that are no more
		"walkthrough": {manifest: with(base, []string{"--audit-policy-file=/etc/kubernetes/policies/audit-policy.yaml", "--audit-log-path=/var/log/apiserver/audit.log", "--audit-log-maxage=30", "--audit-log-maxsize=200", "--feature-gates=AdvancedAuditing=false"},
			[]string{mountOf("policies", "/etc/kubernetes/policies") + "\nreadOnly: true", mountOf("log", "/var/log/apiserver")},
			[]string{hostVolume("policies", "/etc/kubernetes/policies", "DirectoryOrCreate"), hostVolume("log", "/var/log/apiserver", "")}),
			files: files{"/etc/kubernetes/policies/audit-policy.yaml": strings.Replace(goodPolicy, "/v1", "/v1beta1", 1)}},
		"stdout":           {manifest: edited("--audit-log-path=/var/log/kubernetes/audit/audit.log", "--audit-log-path=-"), files: policy},
		"doubled":          {manifest: with(base, append([]string{"--audit-log-path", "/var/log/a/audit.log", "--audit-log-compress"}, allFlags...), []string{policyMount, logMount}, []string{policyVolume, logVolume}), files: policy},
		"relative":         {manifest: edited("--audit-log-path=/var/log/kubernetes/audit/audit.log", "--audit-log-path=audit.log"), files: policy},
		"no-mounts":        {manifest: with(base, allFlags, nil, nil), files: policy},
		"no-log-mount":     {manifest: with(base, allFlags, []string{policyMount}, []string{policyVolume}), files: policy},
		"mount-missing":    {manifest: with(base, allFlags, []string{policyMount}, []string{policyVolume, hostVolume("logs", "/var/log/kubernetes/audit", "")}), files: policy},
		"volume-missing":   {manifest: with(base, allFlags, []string{policyMount, logMount}, []string{policyVolume}), files: policy},
		"log-file":         {manifest: logged("/var/log/apiserver/audit.log", mountOf("audit-log", "/var/log/apiserver/audit.log"), hostVolume("audit-log", "/var/log/apiserver/audit.log", "FileOrCreate")), files: policy},
		"log-file-shared":  {manifest: logged("/var/log/audit.log", mountOf("audit-log", "/var/log/audit.log"), hostVolume("audit-log", "/var/log/audit.log", "FileOrCreate")), files: policy},
		"log-in-var-log":   {manifest: logged("/var/log/apiserver/audit.log", mountOf("var-log", "/var/log"), hostVolume("var-log", "/var/log", "")), files: policy},
		"log-elsewhere":    {manifest: logged("/logs/audit.log", mountOf("data", "/logs")+"\nsubPath: audit", hostVolume("data", "/data", "")), files: policy},
		"log-read-only":    {manifest: edited("      name: audit-log\n", "      name: audit-log\n      readOnly: true\n"), files: policy},
		"log-read-yes":     {manifest: edited("      name: audit-log\n", "      readOnly: yes\n      name: audit-log\n"), files: policy},
		"log-type-file":    {manifest: edited("path: /var/log/kubernetes/audit\n      type: DirectoryOrCreate", "path: /var/log/kubernetes/audit\n      type: File"), files: policy},
		"log-empty-dir":    {manifest: edited("hostPath:\n      path: /var/log/kubernetes/audit\n      type: DirectoryOrCreate", "emptyDir: {}"), files: policy},
		"policy-directory": {manifest: with(base, slices.Concat([]string{"--audit-policy-file=/etc/kubernetes/audit-policy.yaml"}, allFlags[1:]), []string{mountOf("audit", "/etc/kubernetes/audit-policy.yaml"), logMount}, []string{hostVolume("audit", "/etc/kubernetes/audit-policy.yaml", "DirectoryOrCreate"), logVolume})},
		"policy-in-pki":    {manifest: with(base, slices.Concat([]string{"--audit-policy-file=/etc/kubernetes/pki/audit.yaml"}, allFlags[1:]), []string{logMount}, []string{logVolume}), files: files{"/etc/kubernetes/pki/audit.yaml": goodPolicy}},
		"policy-sub-path":  {manifest: with(base, slices.Concat([]string{"--audit-policy-file=/etc/audit.yaml"}, allFlags[1:]), []string{mountOf("conf", "/etc/audit.yaml") + "\nsubPath: audit.yaml", logMount}, []string{hostVolume("conf", "/etc/kubernetes/conf", "Directory"), logVolume}), files: files{"/etc/kubernetes/conf/audit.yaml": goodPolicy}},
		"log-in-pki":       {manifest: with(base, []string{"--audit-log-path=/etc/kubernetes/pki/audit.log"}, nil, nil)},
		"log-and-policy":   {manifest: base, settings: Settings{PolicyPath: "/srv/k8s/audit/p.yaml", LogPath: "/srv/k8s/audit/a.log"}},
		"policy-unmounted": {manifest: with(base, slices.Concat([]string{"--audit-policy-file=/etc/kubernetes/audit-policy.yaml"}, allFlags[1:]), []string{logMount}, []string{logVolume})},
		"policy-empty":     {manifest: right, files: files{DefaultPolicyPath: "\n"}},
		"policy-leaks":     {manifest: right, files: files{DefaultPolicyPath: strings.Replace(goodPolicy, "Metadata", "RequestResponse", 1)}},
		"policy-moves":     {manifest: right, files: policy, settings: Settings{PolicyPath: "/etc/kubernetes/elsewhere/policy.yaml"}},
		"gates":            {manifest: edited("--audit-log-maxage=30", "--feature-gates=A=true,AdvancedAuditing=true,B=false\n    - --feature-gates\n    - DynamicAuditing=true\n    - --audit-dynamic-configuration\n    - --audit-log-maxage=30"), files: policy},
		"rotation":         {manifest: strings.NewReplacer("maxsize=100", "maxsize=0", "maxbackup=20", `maxbackup=many`, "maxage=30", "maxage=0").Replace(right), files: policy},
		"formats":          {manifest: edited("--audit-log-maxage=30", "--audit-log-maxage=30\n    - --audit-log-format=legacy\n    - --audit-log-version=audit.k8s.io/v1beta1\n    - --audit-log-mode=batch\n    - --audit-webhook-config-file=/etc/kubernetes/pki/hook.yaml"), files: policy},
		"names-taken":      {manifest: with(base, nil, []string{mountOf("audit-log", "/data"), mountOf("audit-policy", "/data2")}, []string{hostVolume("audit-log", "/data", ""), hostVolume("audit-policy", "/data2", "")})},
		"args":             {manifest: args(base)},
		"sidecars":         {manifest: strings.Replace(base, "  containers:\n", "  containers:\n  - name: proxy\n    image: proxy # kube-apiserver's\n    command: [proxy, --audit-log-path=x]\n", 1)},
		"by-hand":          {manifest: byHand(base)},
		"windows":          {manifest: strings.TrimSuffix(strings.ReplaceAll(base, "\n", "\r\n"), "\r\nstatus: {}\r\n")},
	}
}

// args has the flags in args, each with its value as an argument of its own.
func args(base string) string {
	base = strings.Replace(base, "    - kube-apiserver\n", "    - /usr/local/bin/kube-apiserver\n    args:\n", 1)
	return strings.NewReplacer("--secure-port=", "--secure-port\n    - ").Replace(with(base, []string{"--audit-log-maxsize", `"5"`, "--audit-log-path", `"-"`, "--v", `"2"`}, nil, nil))
}

// byHand has comments, quotes and indents of its own.
func byHand(base string) string {
	base = strings.Replace(base, "    - --allow-privileged=true\n", "    # ours\n    - \"--allow-privileged=true\" # needed\n    - '--audit-log-path=-'\n    -   --audit-log-maxage=0300 # days\n", 1)
	base = strings.Replace(base, "    - mountPath: /etc/ssl/certs\n", "    # certificates\n    - mountPath: /etc/ssl/certs\n", 1)
	return "# do not touch\n" + strings.Replace(base, "status: {}\n", "# the end", 1)
}
