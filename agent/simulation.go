package agent

import (
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/redact"
	"github.com/auditship/auditship/agent/rules"
	"github.com/auditship/auditship/agent/simulate"
)

// Simulated are what the events of a configuration's first input go through on their way to its outputs, or to the one of a name:
// the same that pipelines are made of, but for the key of redaction, as no state is touched. Outputs with the same rules are one, unless they
// give events another form.
// against, if not nil, is a configuration to compare with: each output with the one of its name, or the only one with the only one.
func Simulated(cfg, against *config.Config, output string) (all []simulate.Output, err error) {
	key := make([]byte, 32) // of nobody: what is shown holds hashes, which nobody shall be able to guess the values of
	rand.Read(key)
	for i := range cfg.Outputs {
		out := &cfg.Outputs[i]
		if output != "" && out.Name != output {
			continue
		}
		other, err := counterpart(cfg, against, out)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(all, func(s simulate.Output) bool {
			return same(s.Rules, out.Rules) && same(s.Against, other) && s.Shaper == nil && shaperOf(cfg, &cfg.Inputs[0], out) == nil
		})
		if at >= 0 {
			all[at].Names = append(all[at].Names, out.Name)
			continue
		}
		s, err := simulated(cfg, out, key)
		if err != nil {
			return nil, err
		}
		s.Against = other
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no output %q", cfg.File, output)
	}
	return all, nil
}

func simulated(cfg *config.Config, out *config.Output, key []byte) (s simulate.Output, err error) {
	s = simulate.Output{Names: []string{out.Name}, Rules: out.Rules, Enricher: newEnricher(cfg, &cfg.Inputs[0]), Shaper: shaperOf(cfg, &cfg.Inputs[0], out)}
	if s.Redactor, err = redact.New(cfg.Redact, key); err != nil {
		return s, err
	}
	shy := cfg.Redact
	shy.Off = false
	s.Shy, err = redact.New(shy, key)
	return s, err
}

// counterpart are the rules that an output is compared with.
func counterpart(cfg, against *config.Config, out *config.Output) (*rules.Rules, error) {
	if against == nil {
		return nil, nil
	}
	for i := range against.Outputs {
		if against.Outputs[i].Name == out.Name {
			return against.Outputs[i].Rules, nil
		}
	}
	if len(cfg.Outputs) == 1 && len(against.Outputs) == 1 {
		return against.Outputs[0].Rules, nil
	}
	return nil, fmt.Errorf("%s has no output %q to compare with: name one that both have with --output", against.File, out.Name)
}

// same tells that rules decide the same about every event.
func same(a, b *rules.Rules) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.IsProtected() == b.IsProtected() && rules.Diff(a, b).None()
}
