package redact

import (
	"strings"
	"testing"
)

// kept are members that must stay as they are.
const kept = ""

// TestPlaces shows what is hidden where: members before, after (kept: the same), and what is listed.
func TestPlaces(t *testing.T) {
	const patch = `"objectRef":{"resource":"secrets"},"requestObject":`
	const applied = `"kubectl.kubernetes.io/last-applied-configuration":`
	at := func(body string) string { return `"requestObject":` + body }
	tests := []struct {
		name   string
		cfg    Config
		before string
		after  string
		listed string
	}{
		{"a merge patch of a Secret", Config{}, patch + `{"data":{"a":"aHVudGVyMg==","gone":null}}`, patch + `{"data":{"a":"<hunter2>","gone":null}}`, `["requestObject.data.a"]`},
		{"a strategic patch", Config{}, patch + `{"data":{"$patch":"replace","a":"aHVudGVyMg=="},"$setElementOrder/data":["a"]}`, patch + `{"data":{"$patch":"replace","a":"<hunter2>"},"$setElementOrder/data":["a"]}`, `["requestObject.data.a"]`},
		{"a directive that is none", Config{}, patch + `{"data":{"$patch":"hunter2"}}`, patch + `{"data":{"$patch":"<hunter2>"}}`, `["requestObject.data['$patch']"]`},
		{"data that is no base64", Config{}, patch + `{"data":{"a":"hunter2!"}}`, patch + `{"data":{"a":"<hunter2!>"}}`, `["requestObject.data.a"]`},
		{"data of strange types", Config{}, patch + `{"data":{"a":1,"b":true,"c":{"d":"e"},"f":["g"],"h":{},"i":""}}`, patch + `{"data":{"a":"<1>","b":"<true>","c":"<{"d":"e"}>","f":"<["g"]>","h":{},"i":""}}`,
			`["requestObject.data.a","requestObject.data.b","requestObject.data.c","requestObject.data.f"]`},
		{"data that is no object", Config{}, patch + `{"data":"hunter2","stringData":["hunter2"]}`, patch + `{"data":"<hunter2>","stringData":"<["hunter2"]>"}`, `["requestObject.data","requestObject.stringData"]`},
		{"data of something else", Config{}, at(`{"kind":"ConfigMap","data":{"a":"b"}}`), kept, ``},
		{"two kinds", Config{}, at(`{"kind":"ConfigMap","data":{"a":"aHVudGVyMg=="},"kind":"Secret"}`), at(`{"kind":"ConfigMap","data":{"a":"<hunter2>"},"kind":"Secret"}`), `["requestObject.data.a"]`},
		{"data twice", Config{}, patch + `{"data":{"a":"aHVudGVyMg==","a":"aHVudGVyMw=="},"data":{"a":"aHVudGVyMg=="}}`, patch + `{"data":{"a":"<hunter2>","a":"<hunter3>"},"data":{"a":"<hunter2>"}}`, `["requestObject.data.a"]`},
		{"escaped and other cases", Config{}, at(`{"DAT\u0041":{"a":"aHVudGVyMg=="},"k\u0069nd":"\u0073ecret"}`), at(`{"DAT\u0041":{"a":"<hunter2>"},"k\u0069nd":"\u0073ecret"}`), `["requestObject.DATA.a"]`},
		{"a List", Config{}, at(`{"kind":"List","items":[{"kind":"Secret","data":{"a":"aHVudGVyMg=="}},{"kind":"ConfigMap","data":{"a":"b"}}]}`), at(`{"kind":"List","items":[{"kind":"Secret","data":{"a":"<hunter2>"}},{"kind":"ConfigMap","data":{"a":"b"}}]}`), `["requestObject.items[0].data.a"]`},
		{"a SecretList whose kind comes last", Config{}, at(`{"items":[{"data":{"a":"aHVudGVyMg=="}}],"kind":"SecretList"}`), at(`{"items":[{"data":{"a":"<hunter2>"}}],"kind":"SecretList"}`), `["requestObject.items[0].data.a"]`},
		{"a watch event", Config{}, at(`{"type":"ADDED","object":{"kind":"Secret","data":{"a":"aHVudGVyMg=="}}}`), at(`{"type":"ADDED","object":{"kind":"Secret","data":{"a":"<hunter2>"}}}`), `["requestObject.object.data.a"]`},
		{"a Table of Secrets", Config{}, patch + `{"kind":"Table","rows":[{"cells":["a"],"object":{"data":{"a":"aHVudGVyMg=="}}}]}`, patch + `{"kind":"Table","rows":[{"cells":["a"],"object":{"data":{"a":"<hunter2>"}}}]}`, `["requestObject.rows[0].object.data.a"]`},
		{"tokens", Config{}, at(`{"kind":"TokenRequest","status":{"token":"hunter2","expirationTimestamp":"x"}}`) + `,"responseObject":{"kind":"TokenReview","spec":{"token":"hunter2"},"token":"x"}`,
			at(`{"kind":"TokenRequest","status":{"token":"<hunter2>","expirationTimestamp":"x"}}`) + `,"responseObject":{"kind":"TokenReview","spec":{"token":"<hunter2>"},"token":"x"}`, `["requestObject.status.token","responseObject.spec.token"]`},
		{"env as an object", Config{}, at(`{"env":{"A_TOKEN":"hunter2","B":"c"}}`), at(`{"env":{"A_TOKEN":"<hunter2>","B":"c"}}`), `["requestObject.env.A_TOKEN"]`},
		{"env from elsewhere", Config{}, at(`{"env":[{"name":"A_TOKEN","valueFrom":{"secretKeyRef":{"name":"x","key":"y"}}}]}`), kept, ``},
		{"what is about a credential", Config{}, at(`{"env":[{"name":"TOKEN_FILE","value":"/run/token"},{"name":"secret-name","value":"x"}]}`), kept, ``},
		{"headers of a probe", Config{}, at(`{"httpHeaders":[{"name":"Authorization","value":"Bearer x"}]}`), at(`{"httpHeaders":[{"name":"Authorization","value":"<Bearer x>"}]}`), `["requestObject.httpHeaders[0].value"]`},
		{"own names", Config{Names: []string{"BANANA"}}, at(`{"env":[{"name":"MY_BANANA","value":"hunter2"},{"name":"PASSWORD","value":"x"}]}`), at(`{"env":[{"name":"MY_BANANA","value":"<hunter2>"},{"name":"PASSWORD","value":"x"}]}`), `["requestObject.env[0].value"]`},
		{"a patch of a value alone", Config{}, at(`[{"op":"replace","path":"/spec/containers/0/env/3/value","value":"hunter2"}]`), at(`[{"op":"replace","path":"/spec/containers/0/env/3/value","value":"<hunter2>"}]`), `["requestObject[0].value"]`},
		{"a patch of the whole", Config{}, at(`[{"value":{"kind":"Secret","data":{"a":"aHVudGVyMg=="}},"path":"","op":"replace"}]`), at(`[{"value":{"kind":"Secret","data":{"a":"<hunter2>"}},"path":"","op":"replace"}]`), `["requestObject[0].value.data.a"]`},
		{"a patch of all data", Config{}, patch + `[{"op":"add","path":"/data","value":{"a":"aHVudGVyMg=="}},{"op":"test","path":"/data/a","value":"aHVudGVyMg=="},{"op":"move","from":"/data/a","path":"/data/b"}]`,
			patch + `[{"op":"add","path":"/data","value":{"a":"<hunter2>"}},{"op":"test","path":"/data/a","value":"<hunter2>"},{"op":"move","from":"/data/a","path":"/data/b"}]`, `["requestObject[0].value.a","requestObject[1].value"]`},
		{"a patch of an annotation", Config{}, at(`[{"op":"add","path":"/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration","value":"{\"kind\":\"Secret\",\"stringData\":{\"a\":\"hunter2\"}}"}]`),
			at(`[{"op":"add","path":"/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration","value":"{\"kind\":\"Secret\",\"stringData\":{\"a\":\"<hunter2>\"}}"}]`), `["requestObject[0].value.stringData.a"]`},
		{"a patch with two paths", Config{}, at(`[{"op":"add","path":"/a","path":"/b","value":"hunter2"}]`), at(`[{"op":"add","path":"/a","path":"/b","value":"<hunter2>"}]`), `["requestObject[0].value"]`},
		{"a patch with a strange path", Config{}, at(`[{"op":"add","path":"a","value":"hunter2"}]`), at(`[{"op":"add","path":"a","value":"<hunter2>"}]`), `["requestObject[0].value"]`},
		{"a patch of a number", Config{}, at(`[{"op":"replace","path":"/spec/replicas","value":3}]`), kept, ``},
		{"a webhook's patch", Config{}, `"annotations":{"patch.webhook.admission.k8s.io/round_0_index_0":"{\"patch\":[{\"op\":\"add\",\"path\":\"/stringData/a\",\"value\":\"hunter2\"}]}"}`, `"annotations":{"patch.webhook.admission.k8s.io/round_0_index_0":"{\"patch\":[{\"op\":\"add\",\"path\":\"/stringData/a\",\"value\":\"<hunter2>\"}]}"}`,
			`["annotations['patch.webhook.admission.k8s.io/round_0_index_0'].patch[0].value"]`},
		{"applied, but no document", Config{}, at(`{"metadata":{"annotations":{` + applied + `"hunter2","objectset.rio.cattle.io/applied":"H4sI","x":"y"}}}`), at(`{"metadata":{"annotations":{` + applied + `"<hunter2>","objectset.rio.cattle.io/applied":"<H4sI>","x":"y"}}}`),
			`["requestObject.metadata.annotations['kubectl.kubernetes.io/last-applied-configuration']","requestObject.metadata.annotations['objectset.rio.cattle.io/applied']"]`},
		{"documents that are more than one, or cut", Config{}, at(`{"metadata":{"annotations":{"a":"{}\n{\"stringData\":{}}","b":" [ {\"a\":1}][","c":"\"{\\\"a\\\":1}\"","d":"{ \"a"}}}`), at(`{"metadata":{"annotations":{"a":"<{}
{"stringData":{}}>","b":"< [ {"a":1}][>","c":"<"{\"a\":1}">","d":"<{ "a>"}}}`), `["requestObject.metadata.annotations.a","requestObject.metadata.annotations.b","requestObject.metadata.annotations.c","requestObject.metadata.annotations.d"]`},
		{"texts that only begin with a bracket", Config{}, at(`{"metadata":{"annotations":{"a":"{{ .name }}","b":"[a] {\"b\"}","c":"{","d":"\"quoted\"","e":"[ "}}}`), kept, ``},
		{"annotations of a Secret", Config{}, at(`{"metadata":{"annotations":{"openshift.io/token-secret.value":"hunter2","openshift.io/token-secret.name":"x","a":"b"}},"kind":"Secret"}`), at(`{"metadata":{"annotations":{"openshift.io/token-secret.value":"<hunter2>","openshift.io/token-secret.name":"x","a":"b"}},"kind":"Secret"}`), `["requestObject.metadata.annotations['openshift.io/token-secret.value']"]`},
		{"the same of a ServiceAccount", Config{}, at(`{"metadata":{"annotations":{"kubernetes.io/enforce-mountable-secrets":"true"}},"kind":"ServiceAccount"}`), kept, ``},
		{"a parameter that the server drops", Config{}, `"requestURI":"/exec?command=--password&command=%zz&command=hunter2&command=x"`, `"requestURI":"/exec?command=--password&command=<%zz>&command=<hunter2>&command=x"`, `["requestURI.command"]`},
		{"numbers and escapes stay", Config{}, at(`{"a":1.0e+2,"b":12345678901234567890,"c":"\u00e9\/","kind":"Secret","data":{"x":"aHVudGVyMg=="}}`), at(`{"a":1.0e+2,"b":12345678901234567890,"c":"\u00e9\/","kind":"Secret","data":{"x":"<hunter2>"}}`), `["requestObject.data.x"]`},
		{"a body that is a text", Config{}, at(`"hunter2"`), at(`"<hunter2>"`), `["requestObject"]`},
		{"ConfigMaps by choice", Config{ConfigMaps: true}, at(`{"kind":"ConfigMap","data":{"a":"b"},"binaryData":{"c":"aHVudGVyMg=="}}`), at(`{"kind":"ConfigMap","data":{"a":"<b>"},"binaryData":{"c":"<hunter2>"}}`), `["requestObject.data.a","requestObject.binaryData.c"]`},
		{"arguments of a container", Config{}, at(`{"containers":[{"command":["x","--password","hunter2","--token=hunter2","-p","1"],"args":["--secret-name=x","--api-key","-v"]}]}`), at(`{"containers":[{"command":["x","--password","<hunter2>","--token=<hunter2>","-p","1"],"args":["--secret-name=x","--api-key","-v"]}]}`),
			`["requestObject.containers[0].command[2]","requestObject.containers[0].command[3]"]`},
		{"all arguments", Config{Arguments: ArgumentAll}, at(`{"command":["hunter2"],"args":"hunter2"}`) + `,"requestURI":"/exec?command=hunter2"`, at(`{"command":["<hunter2>"],"args":"<hunter2>"}`) + `,"requestURI":"/exec?command=<hunter2>"`, `["requestURI.command","requestObject.command[0]","requestObject.args"]`},
		{"no arguments", Config{Arguments: ArgumentNone}, at(`{"command":["--password","x","--token=x"]}`) + `,"requestURI":"/exec?command=--token%3Dx"`, kept, ``},
		{"a message that repeats", Config{}, at(`{"stringData":{"a":"hunter2"}}`) + `,"responseStatus":{"message":"wrong token \"hunter2\"","reason":"hunter2","code":401},"annotations":{"a/b":"hunter2!","authorization.k8s.io/reason":"hunter2"}`,
			at(`{"stringData":{"a":"<hunter2>"}}`) + `,"responseStatus":{"message":"wrong token \"<hunter2>\"","reason":"hunter2","code":401},"annotations":{"a/b":"<hunter2>!","authorization.k8s.io/reason":"hunter2"}`, `["requestObject.stringData.a","responseStatus.message","annotations['a/b']"]`},
		{"a message that repeats the URI", Config{}, `"requestURI":"/a?token=hunter2-hunter2-hunter2","responseStatus":{"message":"wrong token hunter2-hunter2-hunter2"}`,
			`"requestURI":"/a?token=<hunter2-hunter2-hunter2>","responseStatus":{"message":"wrong token <hunter2-hunter2-hunter2>"}`, `["requestURI.token","responseStatus.message"]`},
		{"off", Config{Off: true}, patch + `{"data":{"a":"aHVudGVyMg=="},"metadata":{"managedFields":[]}},"requestURI":"/a?token=x"`, kept, ``},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, listed := run(t, test.cfg, test.before)
			want := test.before
			if test.after != kept {
				want = expandAll(test.after)
			}
			if got != want || listed != test.listed {
				t.Errorf("got  %s\nwant %s\nlists %s\nwant  %s", got, want, listed, test.listed)
			}
		})
	}
}

// expandAll is expand for values that have < or > in them, too.
func expandAll(text string) string {
	for _, value := range []string{`{"d":"e"}`, `["g"]`, `["hunter2"]`} {
		text = strings.ReplaceAll(text, "<"+value+">", hashed(value))
	}
	return expand(text)
}
