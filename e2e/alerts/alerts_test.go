package alerts_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestAlerts: what fires in which trouble, and nothing else does.
func TestAlerts(t *testing.T) {
	const flat = "1000+50x20 2000x220"
	for name, c := range map[string]struct {
		series map[string]string
		want   []string
	}{
		"all is well": {agent("a", ""), nil},
		"a loss":      {with(agent("a", ""), map[string]string{"gaps_total": "3x100 4x140", "last_gap": "-90000x100 3000x140"}), []string{"AuditshipLost"}},
		"the only output is down: nothing is read either": {with(agent("a", ""), map[string]string{
			`"read"`: flat, `"delivered"`: flat, "lag_bytes": "0x20 1000+1000x220", "lag_seconds": "0x20 30+30x220"}), []string{"AuditshipLag"}},
		"the log is silent": {with(agent("a", ""), map[string]string{`"read"`: flat, `"delivered"`: flat}), []string{"AuditshipSilent"}},
		"the log is silent, while another output is down": {with(merge(agent("a", ""), other("a")), map[string]string{
			`"search",result="read"`: flat, `"search",result="delivered"`: flat, `"bus",result="read"`: flat,
			`lag_bytes{namespace="auditship",pod="a",input="apiserver",output="bus"`: "0x20 500x220"}), []string{"AuditshipSilent"}},
		"one of two outputs is down": {with(merge(agent("a", ""), other("a")), map[string]string{
			`"bus",result="read"`: flat, `lag_bytes{namespace="auditship",pod="a",input="apiserver",output="bus"`: "0x20 1000+1000x220"}), nil},
		"a loss is near":      {with(agent("a", ""), map[string]string{"until_loss": "86400x100 3000x140"}), []string{"AuditshipLossNear"}},
		"a dead letter":       {with(agent("a", ""), map[string]string{"dead_lettered": "7x100 8x140"}), []string{"AuditshipDeadLetters"}},
		"a wrong file":        {with(agent("a", ""), map[string]string{"reload_failed": "0x100 1x140"}), []string{"AuditshipReloadFailed"}},
		"no agent":            {with(agent("a", ""), everything("1x100 stale")), []string{"AuditshipAbsent"}},
		"one agent of two":    {merge(agent("a", ""), agent("b", ""), map[string]string{`up{pod="b",container="auditship"}`: "1x100 0x140"}), []string{"AuditshipAbsent"}},
		"no index":            {merge(agent("a", ""), blocked("index_missing", "true")), []string{"AuditshipBlocked"}},
		"a server that rests": {merge(agent("a", ""), blocked("unreachable", "false")), nil},
		"a line is missing":   {merge(agent("a", ""), map[string]string{`auditship_server_missing_events{pod="a",input="apiserver"}`: "0x100 1x140"}), []string{"AuditshipLogIncomplete"}},
		"a line is unwritten": {merge(agent("a", ""), map[string]string{`auditship_server_unwritten_events_total{pod="a",input="apiserver",plugin="log"}`: "0x100 1x140"}), []string{"AuditshipLogIncomplete"}},
	} {
		t.Run(name, func(t *testing.T) {
			fired := firing(t, text(c.series), 2*time.Hour)
			if got := slices.Sorted(maps.Keys(fired)); !slices.Equal(got, c.want) {
				t.Errorf("%q fired, want %q", got, c.want)
			}
			for name, summary := range fired {
				if strings.Contains(summary, "<") || strings.Contains(summary, "error") {
					t.Errorf("%s says %q", name, summary)
				}
			}
		})
	}
}

// TestRestarts: a pod that takes the place of another goes on with its counts, and that is no news; a loss while none ran is, though no counter is seen to
// rise.
func TestRestarts(t *testing.T) {
	gone := func() map[string]string { return with(agent("a", ""), ends) }
	up := map[string]string{`up{pod="a",container="auditship"}`: "1x100 0x2 stale", `up{pod="b",container="auditship"}`: "_x104 0x4 1x130"}
	if fired := firing(t, text(gone(), agent("b", "_x104 "), up), 2*time.Hour); len(fired) > 0 {
		t.Errorf("a new pod: %v", fired)
	}
	lost := with(agent("b", "_x104 "), map[string]string{"gaps_total": "_x104 4x130", "last_gap": "_x104 3120x130"})
	if got := slices.Sorted(maps.Keys(firing(t, text(gone(), lost), 2*time.Hour))); !slices.Equal(got, []string{"AuditshipLost"}) {
		t.Errorf("a loss that is found at a start: %q fired", got)
	}
}

// ends are the series of a pod that is deleted after 50 minutes.
var ends = map[string]string{`"read"`: "1000+50x100 stale", `"delivered"`: "1000+50x100 stale", "dead_lettered": "7x100 stale", "gaps_total": "3x100 stale", "last_gap": "-90000x100 stale",
	"lag_": "0x100 stale", "until_loss": "86400x100 stale", "build_info": "1x100 stale", "reload_failed": "0x100 stale"}

func everything(values string) map[string]string {
	all := maps.Clone(ends)
	maps.DeleteFunc(all, func(part, _ string) bool { return part == "build_info" })
	all["build_info"] = values
	return all
}

// other is a second output of the same input.
func other(pod string) map[string]string {
	all := map[string]string{}
	for name, values := range agent(pod, "") {
		if strings.Contains(name, `output="search"`) {
			all[strings.Replace(name, "search", "bus", 1)] = values
		}
	}
	return all
}

func blocked(reason, needsYou string) map[string]string {
	return map[string]string{`auditship_blocked{namespace="auditship",pod="a",input="apiserver",output="search",reason="` + reason + `",needs_you="` + needsYou + `"}`: "_x20 1x220"}
}

func merge(all ...map[string]string) map[string]string {
	merged := map[string]string{}
	for _, series := range all {
		maps.Copy(merged, series)
	}
	return merged
}
