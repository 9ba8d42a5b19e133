package when

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
)

// patched is an event that says something for every word.
const patched = `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"1","stage":"ResponseComplete",` +
	`"requestURI":"/apis/apps/v1/namespaces/prod/deployments/web/scale?fieldManager=k\u0026x=1","verb":"patch",` +
	`"user":{"username":"system:serviceaccount:ci:builder","groups":["dev","sys\u0074em:authenticated"]},"sourceIPs":["1.2.3.4","10.0.0.7"],"userAgent":"kubectl/v1.36 (linux)",` +
	`"objectRef":{"resource":"deployments","namespace":"prod","name":"web","apiGroup":"apps","subresource":"scale"},"responseStatus":{"code":200},` +
	`"requestObject":{"spec":{"replicas":3,"ratio":0.5,"paused":false,"empty":null,"big":12345678901234567890,"containers":[{"image":"docker.io/x"},{"image":"quay.io/y"}]}},` +
	`"annotations":{"authorization.k8s.io/decision":"allow"}}`

const bare = `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"1","stage":"ResponseStarted","requestURI":"/healthz","verb":"get","user":{}}`

func holds(t *testing.T, expression, record string) (bool, error) {
	t.Helper()
	c, err := Compile(expression)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	var e event.Event
	if err := new(event.Decoder).Decode([]byte(record), &e); err != nil {
		t.Fatal(err)
	}
	return c.Holds(NewRequest(&e, e.Object.Namespace))
}

// TestWords: each word says what its comment says.
func TestWords(t *testing.T) {
	for _, expression := range []string{
		`verb == "patch"`, `group == "apps"`, `resource == "deployments"`, `subresource == "scale"`, `ns == "prod"`, `name == "web"`, `user.startsWith("system:")`,
		`"system:authenticated" in groups && groups.size() == 2`, `actor == "serviceaccount"`, `code >= 200 && code < 300`, `client == "kubectl"`, `source_ip == "10.0.0.7"`,
		`uri.endsWith("&x=1")`, `annotations["authorization.k8s.io/decision"] == "allow"`, `level == "RequestResponse"`, `stage == "ResponseComplete"`,
		`object.spec.replicas == 3 && object.spec.replicas > 2 && object.spec.replicas < 3.5`, `object.spec.ratio == 0.5`, `object.spec.paused == false`, `object.spec.empty == null`,
		`object.spec.big > 1.0e19`, `object.spec.containers.exists(c, c.image.startsWith("quay.io/"))`, `!has(object.spec.hostNetwork)`, `user.matches("^system:serviceaccount:[a-z]+:")`,
	} {
		if got, err := holds(t, expression, patched); !got || err != nil {
			t.Errorf("%s: %v, %v", expression, got, err)
		}
	}
}

// TestBareEvent: what an event does not have is empty, and its body an empty map.
func TestBareEvent(t *testing.T) {
	got, err := holds(t, `resource == "" && user == "" && groups == [] && actor == "unauthenticated" && code == 0 && client == "" && source_ip == "" && annotations == {} && !has(object.spec)`, bare)
	if !got || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// TestUnanswerable: what can't be answered does not hold, negated or not; what is not needed for the answer does no harm.
func TestUnanswerable(t *testing.T) {
	long := strings.Replace(patched, `"requestObject":{`, `"requestObject":{"pad":"`+strings.Repeat("x", maxObject)+`",`, 1)
	list := strings.Replace(patched, `"requestObject":{"spec"`, `"requestObject":[{"spec"`, 1)
	list = strings.Replace(list, `}]}},"annotations"`, `}]}}],"annotations"`, 1)
	tests := []struct{ name, expression, record string }{
		{"missing field", `object.spec.hostNetwork == true`, patched},
		{"missing field, negated", `!(object.spec.hostNetwork == true)`, patched},
		{"missing annotation", `annotations["x"] == "y"`, patched},
		{"another type", `object.spec.replicas.startsWith("3")`, patched},
		{"a JSON patch", `object.spec.replicas == 3`, list},
		{"too long an object", `object.spec.replicas == 3`, long},
		{"too much work", `object.spec.containers.all(a, "x".matches("(x+x+)+y")) || [1,2,3,4,5,6,7,8,9].all(a, [1,2,3,4,5,6,7,8,9].all(b, [1,2,3,4,5,6,7,8,9].all(c, [1,2,3,4,5,6,7,8,9].all(d, [1,2,3,4,5,6,7,8,9].all(e, a+b+c+d+e > 0)))))`, patched},
		{"division by zero", `1 / code == 1`, bare},
	}
	for _, tt := range tests {
		if got, err := holds(t, tt.expression, tt.record); got || err == nil {
			t.Errorf("%s: %v, %v", tt.name, got, err)
		}
	}
	if got, err := holds(t, `verb == "patch" || object.nothing == 1`, patched); !got || err != nil {
		t.Errorf("what is not needed: %v, %v", got, err)
	}
}

// TestAskedOnce: what one condition asked for is there for the next, and isn't worked out again.
func TestAskedOnce(t *testing.T) {
	var e event.Event
	if err := new(event.Decoder).Decode([]byte(patched), &e); err != nil {
		t.Fatal(err)
	}
	r := NewRequest(&e, e.Object.Namespace)
	for range 2 {
		for _, expression := range []string{`object.spec.replicas == 3`, `annotations["authorization.k8s.io/decision"] == "allow"`} {
			c, err := Compile(expression)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := c.Holds(r); !got || err != nil {
				t.Errorf("%s: %v, %v", expression, got, err)
			}
		}
		e.Members[event.RequestObject], e.Members[event.Annotations] = event.Member{}, event.Member{} // nobody looks again
	}
}

// TestErrors: where in the expression what is wrong.
func TestErrors(t *testing.T) {
	for expression, want := range map[string]string{
		`verb == get`:                 `column 9: "get" is not known here`,
		"verb == 'a' &&\n  nams == 1": `line 2 of it, column 3: "nams" is not known here`,
		`namespace == "prod"`:         `column 1: namespace is a reserved word of CEL: write ns`,
		`code == "200"`:               `column 6: found no matching overload for '_==_' applied to '(int, string)'`,
		`verb`:                        `gives a string and not a bool: compare it with something, such as == true`,
		`object.x`:                    `gives a dyn and not a bool: compare it with something, such as == true`,
		`verb.matches("(")`:           `column 14: invalid matches argument`,
		`(`:                           `column 2: Syntax error: mismatched input '<EOF>'`,
	} {
		_, err := Compile(expression)
		var wrong *Error
		if !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", expression, err, want)
		}
	}
}

// FuzzCompile: no text makes more of it than a condition or an error, and no condition more of an event than an answer.
func FuzzCompile(f *testing.F) {
	for _, seed := range []string{`verb == "get"`, `object.a.b[0] > 1`, `has(object.a)`, `[1].map(x, x)[0] == 1`, `((((`, "\x00", `"` + strings.Repeat("a", 100) + `" == user`, `object.spec.containers.all(c, c.image != "")`} {
		f.Add(seed)
	}
	var e event.Event
	if err := new(event.Decoder).Decode([]byte(patched), &e); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		c, err := Compile(expression)
		if err != nil {
			return
		}
		first, err1 := c.Holds(NewRequest(&e, event.Text{}))
		again, err2 := c.Holds(NewRequest(&e, event.Text{}))
		if first != again || fmt.Sprint(err1) != fmt.Sprint(err2) || first && err1 != nil {
			t.Errorf("%q: %v, %v and then %v, %v", expression, first, err1, again, err2)
		}
	})
}

// BenchmarkLongObject is the dearest body that is still looked into, with ten conditions.
func BenchmarkLongObject(b *testing.B) {
	record := strings.Replace(patched, `"requestObject":{`, `"requestObject":{"pad":[`+strings.Repeat("{},", maxObject/3-200)+`0],`, 1)
	var e event.Event
	if err := new(event.Decoder).Decode([]byte(record), &e); err != nil {
		b.Fatal(err)
	}
	c, err := Compile(`object.spec.replicas == 3`)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r := NewRequest(&e, e.Object.Namespace)
		for range 10 {
			if holds, err := c.Holds(r); !holds || err != nil {
				b.Fatal(holds, err)
			}
		}
	}
}

func BenchmarkHolds(b *testing.B) {
	for _, expression := range []string{`client == "kubectl" && actor == "human"`, `object.spec.replicas > 2`} {
		b.Run(expression, func(b *testing.B) {
			c, err := Compile(expression)
			if err != nil {
				b.Fatal(err)
			}
			var e event.Event
			if err := new(event.Decoder).Decode([]byte(patched), &e); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				c.Holds(NewRequest(&e, event.Text{}))
			}
		})
	}
}
