package rules

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
)

const noisePolicy = "../../configs/policies/noise.yaml"

var noiseLogs = flag.String("noise-logs", "", "glob of audit logs to run the noise policy over, beside testdata")

func loadNoise(t testing.TB) (*Rules, List) {
	t.Helper()
	l, err := LoadPolicy(noisePolicy)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Warnings) > 0 {
		t.Errorf("warnings: %v", l.Warnings)
	}
	return mustCompile(t, l), l
}

// TestNoiseOnRealLogs runs the noise policy over real lines: it drops what it was made for and nothing that matters.
func TestNoiseOnRealLogs(t *testing.T) {
	r, l := loadNoise(t)
	files := []string{"../event/testdata/real.jsonl", "testdata/noise.jsonl"}
	if *noiseLogs != "" {
		more, err := filepath.Glob(*noiseLogs)
		if err != nil || len(more) == 0 {
			t.Fatalf("no logs at %s: %v", *noiseLogs, err)
		}
		files = append(files, more...)
	}
	used := map[string]int{}
	var lines, bytesAll, dropped, bytesDropped int
	for _, file := range files {
		eachEvent(t, file, func(e *event.Event) {
			d := r.Decide(e)
			lines, bytesAll = lines+1, bytesAll+len(e.Raw)
			used[d.Rule]++
			if d.Level == None {
				dropped, bytesDropped = dropped+1, bytesDropped+len(e.Raw)
				if why := precious(parse(t, e.Raw)); why != "" {
					t.Errorf("%s dropped %s: %s", d.Rule, why, e.Raw)
				}
			} else if d.Level != RequestResponse {
				t.Errorf("%s: %v", d.Rule, d.Level)
			}
		})
	}
	for i := range l.Rules {
		// The API server that wrote the lines did not audit health probes.
		if used[ruleName(&l, i)] == 0 && !slices.Contains(l.Rules[i].NonResourceURLs, "/healthz") {
			t.Errorf("no line for %s: %+v", ruleName(&l, i), l.Rules[i])
		}
	}
	t.Logf("%d of %d events dropped (%d of %d bytes): %v", dropped, lines, bytesDropped, bytesAll, used)
}

// precious tells why an event must never be dropped, written down apart from the policy.
func precious(q *request) string {
	writes := slices.Contains([]string{"create", "update", "patch", "delete", "deletecollection"}, q.Verb)
	switch code := q.ResponseStatus.Code; {
	case !strings.HasPrefix(q.User.Username, "system:") || q.User.Username == "system:admin":
		return "a person"
	case strings.HasPrefix(q.User.Username, "system:serviceaccount:") && !strings.HasPrefix(q.User.Username, "system:serviceaccount:kube-system:"):
		return "a workload"
	case code == 401 || code == 403:
		return "a refusal"
	case q.ObjectRef == nil:
		return ""
	case slices.Contains([]string{"exec", "attach", "portforward", "ephemeralcontainers", "proxy", "token", "approval", "eviction", "log"}, q.ObjectRef.Subresource):
		return "access by " + q.ObjectRef.Subresource
	case q.ObjectRef.Resource == "secrets" || strings.HasPrefix(q.ObjectRef.APIGroup, "authentication"):
		return "credentials"
	case writes && (q.ObjectRef.APIGroup == "rbac.authorization.k8s.io" || q.ObjectRef.APIGroup == "admissionregistration.k8s.io"):
		return "a write to access control"
	}
	return ""
}

// eachEvent gives the events of a log in which other lines may stand, too.
func eachEvent(t testing.TB, file string, do func(*event.Event)) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var d event.Decoder
	var e event.Event
	lines := bufio.NewScanner(f)
	for lines.Buffer(nil, 64<<20); lines.Scan(); {
		line := lines.Bytes()
		if at := bytes.Index(line, []byte(`{"kind":"Event"`)); at >= 0 && d.Decode(line[at:], &e) == nil {
			do(&e)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// TestNoiseKeepsPeople: whatever a person, a workload, a failed login or an anonymous caller asks for is kept, whatever it says of
// itself; and so is everything precious, whoever asks.
func TestNoiseKeepsPeople(t *testing.T) {
	r, l := loadNoise(t)
	var callers []string
	for i := range l.Rules {
		callers = append(callers, l.Rules[i].Users...)
	}
	strangers := []string{"jane", "", "kubernetes-admin", "ci-bot", "system:admin", "system:serviceaccount:ci:builder", "system:apiserver2",
		"system:serviceaccount:kube-system:default", "system:serviceaccount:argocd:generic-garbage-collector"}
	seen := 0
	eachEvent(t, "testdata/noise.jsonl", func(e *event.Event) {
		if r.Decide(e).Level != None {
			return
		}
		seen++
		for _, user := range strangers {
			for _, as := range []string{"", "system:apiserver"} {
				if d := r.Decide(decode(t, reissue(t, e.Raw, user, as))); d.Level == None {
					t.Errorf("%s dropped what %q as %q did: %s", d.Rule, user, as, e.Raw)
				}
			}
		}
	})
	if seen < 20 {
		t.Errorf("%d lines to try", seen)
	}
	eachEvent(t, "../event/testdata/real.jsonl", func(e *event.Event) {
		for _, user := range callers {
			raw := reissue(t, e.Raw, user, "")
			if d, why := r.Decide(decode(t, raw)), precious(parse(t, []byte(raw))); d.Level == None && why != "" && why != "a refusal" {
				t.Errorf("%s dropped %s by %s", d.Rule, why, user)
			}
		}
	})
}

// TestNoiseProbes: an anonymous probe is dropped, anything beside it that is or may be refused is not.
func TestNoiseProbes(t *testing.T) {
	r, _ := loadNoise(t)
	for uri, dropped := range map[string]bool{"/healthz": true, "/livez?verbose": true, "/readyz?timeout=1s": true,
		"/livez/etcd": false, "/readyz/../metrics": false, "/metrics": false, "/healthzz": false, "/version": false} {
		for user, probe := range map[string]bool{`"username":"system:anonymous"`: true, ``: false, `"username":"jane"`: false} {
			e := decode(t, record(`"stage":"ResponseComplete","verb":"get","requestURI":"`+uri+`","user":{`+user+`}`))
			if d := r.Decide(e); (d.Level == None) != (dropped && probe) {
				t.Errorf("%s by %s: %+v", uri, user, d)
			}
		}
	}
}

// reissue makes another caller of the same request.
func reissue(t testing.TB, raw []byte, user, as string) string {
	t.Helper()
	var record map[string]any
	if err := json.Unmarshal(raw, &record); err != nil {
		t.Fatal(err)
	}
	record["user"] = map[string]any{"username": user, "groups": []string{"system:authenticated", "system:masters"}}
	if as != "" {
		record["impersonatedUser"] = map[string]any{"username": as, "groups": []string{"system:nodes"}}
	}
	changed, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	return string(changed)
}

// TestNoiseWithoutRefusals is the way that noise.yaml itself names: under policy, behind a rule for refusals.
func TestNoiseWithoutRefusals(t *testing.T) {
	_, l := loadNoise(t)
	refusals := Rule{Level: "RequestResponse", ResponseCodes: []string{"401", "403"}}
	r := mustCompile(t, List{Name: "policy", Rules: append([]Rule{refusals}, l.Rules...), NoMatch: RequestResponse})
	eachEvent(t, "testdata/noise.jsonl", func(e *event.Event) {
		var record map[string]any
		if err := json.Unmarshal(e.Raw, &record); err != nil {
			t.Fatal(err)
		}
		record["responseStatus"] = map[string]any{"code": 403}
		refused, _ := json.Marshal(record)
		if d := r.Decide(decode(t, string(refused))); d.Rule != "policy[0]" {
			t.Errorf("%+v: %s", d, refused)
		}
	})
}
