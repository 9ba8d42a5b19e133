package agent

import (
	"fmt"
	"testing"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/inputs"
)

// Of a pipeline that never ran, what waits is what it would ship: from where its output, or else its input, lets it start.
func TestStoppedBeforeTheFirstStart(t *testing.T) {
	for _, test := range []struct {
		input, output inputs.Start
		waits         bool
	}{
		{inputs.Beginning, "", true}, {inputs.End, "", false}, {inputs.End, inputs.Beginning, true}, {inputs.Beginning, inputs.End, false},
	} {
		s := newSite(t)
		s.write(10)
		cfg := s.config(archive)
		cfg.Inputs[0].File.Start, cfg.Outputs[0].Start = test.input, test.output
		if got := waiting(s, cfg); got > 0 != test.waits {
			t.Errorf("%+v: %d bytes wait", test, got)
		}
	}
}

// waiting is how much of the log the only pipeline of a stopped agent has not shipped.
func waiting(s *site, cfg *config.Config) int64 {
	s.t.Helper()
	all, err := Stopped(s.t.Context(), cfg, quiet)
	s.must(err)
	if len(all) != 1 || all[0].LagBytes == nil {
		s.must(fmt.Errorf("got %+v", all))
	}
	return *all[0].LagBytes
}
