package e2e_test

import (
	"encoding/base64"
	"os"
	"strings"
	"testing"

	"github.com/auditship/auditship/e2e/backend"
)

// planter makes secrets at an API server, and remembers their values.
type planter struct {
	*testing.T
	cluster *backend.Kubernetes
	dir     string
	values  []string
}

// plantSecrets makes secrets in every way, and returns their values.
func plantSecrets(t *testing.T, cluster *backend.Kubernetes, dir string) (values []string) {
	t.Helper()
	p := &planter{T: t, cluster: cluster, dir: dir}
	p.accepted()
	p.refused("admin")
	p.refused("breakglass")
	return p.values
}

// plain is a new value. It is no base64.
func (p *planter) plain(name string) string {
	p.values = append(p.values, "never-ship-"+name+"!")
	return p.values[len(p.values)-1]
}

func (p *planter) encoded(name string) string {
	return base64.StdEncoding.EncodeToString([]byte(p.plain(name)))
}

// file is the path of a new one.
func (p *planter) file(manifest string) string {
	p.Helper()
	f, err := os.CreateTemp(p.dir, "*.json")
	must(p.T, err)
	_, err = f.WriteString(manifest)
	must(p.T, err)
	must(p.T, f.Close())
	return f.Name()
}

func (p *planter) secret(name, members string) string {
	return p.file(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"` + name + `","namespace":"prod"},` + members + `}`)
}

// shop is a deployment whose container has arguments and an environment variable with a value, as JSON.
func (p *planter) shop(name, args, value string) string {
	return p.file(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"` + name + `","namespace":"prod"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},` +
		`"spec":{"containers":[{"name":"shop","image":"x","args":` + args + `,"env":[{"name":"DB_PASSWORD","value":` + value + `}]}]}}}}`)
}

// accepted makes secrets as the API server takes them.
func (p *planter) accepted() {
	p.Helper()
	for _, command := range []string{
		"create namespace prod",
		"-n prod create serviceaccount default",
		"-n prod create secret generic db --from-literal=password=" + p.plain("literal"),
		"apply -f " + p.secret("applied", `"stringData":{"a":"`+p.plain("applied")+`"}`),
		"apply -f " + p.secret("applied", `"stringData":{"a":"`+p.plain("applied-again")+`"}`),
		"apply --server-side --force-conflicts -f " + p.secret("applied", `"stringData":{"a":"`+p.plain("server-side")+`"}`),
		"replace -f " + p.secret("applied", `"stringData":{"a":"`+p.plain("replaced")+`"}`),
		`-n prod patch secret db --type=merge -p {"stringData":{"b":"` + p.plain("merge-patch") + `"}}`,
		`-n prod patch secret db --type=strategic -p {"data":{"c":"` + p.encoded("strategic-patch") + `"}}`,
		`-n prod patch secret db --type=json -p [{"op":"add","path":"/data/d","value":"` + p.encoded("json-patch") + `"},{"op":"add","path":"/metadata/annotations","value":{"x":"y"}}]`,
		`-n prod patch secret db --type=merge -p {"password":"` + p.plain("too-high") + `","stringDatta":{"b":"` + p.plain("misspelt") + `"}}`,
		`-n prod annotate secret db kubectl.kubernetes.io/last-applied-configuration={"kind":"Secret","stringData":{"e":"` + p.plain("annotation") + `"}}`,
		"-n prod get secrets -o yaml",
		"-n prod get secret db -o json",
		"get secrets -A",
		"apply -f " + p.shop("shop", `["--password","`+p.plain("argument")+`"]`, `"`+p.plain("env")+`"`),
		"-n prod set env deployment/shop API_TOKEN=" + p.plain("set-env"),
		`-n prod patch deployment shop --type=json -p [{"op":"replace","path":"/spec/template/spec/containers/0/env/0/value","value":"` + p.plain("env-patch") + `"}]`,
		"-n prod get deployments,replicasets -o yaml",
		"-n prod run web --image=x --env=TOKEN=" + p.plain("pod"),
		"-n prod create serviceaccount builder",
		"-n prod create token builder",
		"create -f " + p.file(`{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":"`+p.plain("review")+`"}}`),
		"get --raw /api/v1/namespaces?access_token=" + p.plain("query"),
	} {
		must(p.T, p.cluster.Kubectl(p.Context(), "admin", strings.Fields(command)...))
	}
}

// refused sends what the API server refuses, most of it by a message that quotes what was sent or what is there.
func (p *planter) refused(user string) {
	p.Helper()
	for _, command := range []string{
		`-n prod patch secret db --type=strategic -p {"data":{"x":"` + p.plain(user+"-strategic") + `"}}`,
		`-n prod patch secret db --type=merge -p {"data":{"x":"` + p.plain(user+"-merge") + `"}}`,
		`-n prod patch secret db --type=json -p [{"op":"add","path":"/data/x","value":"` + p.plain(user+"-json") + `"}]`,
		"apply --server-side --force-conflicts --validate=ignore -f " + p.secret("applied", `"stringData":{"a":["`+p.plain(user+"-list")+`"]}`),
		"apply --server-side --force-conflicts --validate=ignore -f " + p.secret("applied", `"data":["`+p.plain(user+"-no-map")+`"]`),
		"apply --server-side --force-conflicts --validate=ignore -f " + p.shop(user, `[]`, `["`+p.plain(user+"-env")+`"]`),
		`-n prod patch pod web -p {"spec":{"containers":[{"name":"web","env":[{"name":"TOKEN","value":"` + p.plain(user+"-pod") + `"}]}]}}`,
	} {
		if err := p.cluster.Kubectl(p.Context(), user, strings.Fields(command)...); err == nil {
			p.Errorf("not refused: %s", command)
		}
	}
}
