package policydiff

import (
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	auditinternal "k8s.io/apiserver/pkg/apis/audit"
	"k8s.io/apiserver/pkg/audit"
	"k8s.io/apiserver/pkg/audit/policy"
	"k8s.io/klog/v2"
	"sigs.k8s.io/yaml"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/rules"
)

var (
	pairs = flag.Int("pairs", 50_000, "how many pairs of a policy and a request to try")
	seed  = flag.Uint64("seed", uint64(time.Now().UnixNano()), "repeats a run")
)

func TestMain(m *testing.M) {
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	os.Exit(m.Run())
}

// requestsPerPolicy are tried on each policy.
const requestsPerPolicy = 25

// TestDifferential: what kube-apiserver logs of a request, and whether without managedFields, is what agent/rules keeps of its event.
func TestDifferential(t *testing.T) {
	t.Logf("seed %d", *seed)
	d := dice{rand.New(rand.NewPCG(*seed, 0))}
	file := filepath.Join(t.TempDir(), "policy.yaml")
	began, tried, dropped := time.Now(), 0, 0
	for tried < *pairs {
		text, err := d.text(d.policy())
		if err != nil {
			t.Fatal(err)
		}
		theirs, ours := load(t, file, text)
		for range requestsPerPolicy {
			m, err := d.request()
			if err != nil {
				t.Fatal(err)
			}
			if m == nil {
				continue
			}
			tried++
			if want := theirs.EvaluatePolicyRule(m.attributes); !agree(t, ours, want, m) {
				t.Fatalf("pair %d of seed %d, policy:\n%s", tried, *seed, text)
			} else if want.Level == auditinternal.LevelNone {
				dropped++
			}
		}
	}
	t.Logf("%d pairs, %d of them dropped, 0 differences, in %v", tried, dropped, time.Since(began).Round(time.Millisecond))
}

// load has both read a policy.
func load(t *testing.T, file string, text []byte) (audit.PolicyRuleEvaluator, *rules.Rules) {
	t.Helper()
	parsed, err := policy.LoadPolicyFromBytes(text)
	if err != nil {
		t.Fatalf("kube-apiserver: %v\n%s", err, text)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := rules.LoadPolicy(file)
	if err != nil {
		t.Fatalf("auditship: %v\n%s", err, text)
	}
	compiled, err := rules.Compile(list)
	if err != nil {
		t.Fatal(err)
	}
	return policy.NewPolicyRuleEvaluator(parsed), compiled
}

// agree tells whether our decision on the event is theirs on the request.
func agree(t *testing.T, ours *rules.Rules, want audit.RequestAuditConfig, m *made) bool {
	t.Helper()
	var e event.Event
	if err := new(event.Decoder).Decode(m.event, &e); err != nil {
		t.Errorf("decode %s: %v", m.event, err)
		return false
	}
	level := string(want.Level)
	if slices.Contains(want.OmitStages, m.stage) {
		level = rules.None.String()
	}
	got := ours.Decide(&e)
	if got.Level.String() != level || got.Level != rules.None && got.OmitManagedFields != want.OmitManagedFields {
		t.Errorf("%+v, want %s, managed fields omitted: %v\nattributes %+v\nevent %s", got, level, want.OmitManagedFields, m.attributes, m.event)
		return false
	}
	return true
}

// TestLoaders: of YAML, what one takes the other takes, too. Of what begins with { kube-apiserver takes only JSON, we YAML as well.
func TestLoaders(t *testing.T) {
	t.Logf("seed %d", *seed)
	d := dice{rand.New(rand.NewPCG(*seed, 1))}
	file := filepath.Join(t.TempDir(), "policy.yaml")
	taken := 0
	for range *pairs / 50 {
		text, err := yaml.Marshal(d.policy())
		if err != nil {
			t.Fatal(err)
		}
		flawed := d.flaw(string(text))
		_, theirs := policy.LoadPolicyFromBytes([]byte(flawed))
		if err := os.WriteFile(file, []byte(flawed), 0o600); err != nil {
			t.Fatal(err)
		}
		_, ours := rules.LoadPolicy(file)
		if (theirs == nil) != (ours == nil) {
			t.Fatalf("seed %d: kube-apiserver says %v, auditship %v\n%s", *seed, theirs, ours, flawed)
		}
		if ours == nil {
			taken++
		}
	}
	t.Logf("%d of %d policies are taken by both", taken, *pairs/50)
}
