package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/migrate"
	"github.com/auditship/auditship/agent/migrate/fluentd"
)

// defaultFile is the configuration that the agent runs with where none is named.
const defaultFile = "/etc/auditship/auditship.yaml"

// optionalConfigFlag adds -c to a command that finds its configuration without it, too.
func optionalConfigFlag(command *cobra.Command) *string {
	path := command.Flags().StringP("config", "c", "", "configuration `FILE` (default "+defaultFile+"; where that does not exist, the FLUENT_… variables of fluentd-kubernetes-daemonset)")
	if err := command.MarkFlagFilename("config", "yaml", "yml"); err != nil {
		panic(err)
	}
	return path
}

// source is where a configuration comes from.
type source struct {
	path string // empty: the environment
	note []migrate.Note
}

// find tells which configuration counts: that which was named, else the default file if it is there, else the environment.
func find(path, fallback string) (s source, cfg *config.Config, err error) {
	if _, err := os.Stat(fallback); path == "" && !errors.Is(err, fs.ErrNotExist) {
		path = fallback
	}
	if path != "" {
		cfg, err = config.Load(path)
		return source{path: path}, cfg, err
	}
	result, err := fluentd.Environment(os.Environ(), fluentd.Here)
	switch {
	case result == nil:
		return s, nil, unusableError{fmt.Errorf("no configuration: give -c FILE, or make %s; %w", fallback, err)}
	case err != nil:
		return s, nil, unusableError{err}
	case len(result.Absent) > 0:
		return s, nil, unusableError{fmt.Errorf("the environment asks for an output that this version has not: %s; give a configuration with -c FILE", strings.Join(result.Absent, ", "))}
	}
	s.note = result.Report.Notes
	cfg, err = config.Parse("environment", result.YAML)
	return s, cfg, err
}

// tell logs what became of the environment's variables.
func (s source) tell(log *slog.Logger) {
	for _, n := range s.note {
		switch {
		case n.Kind == migrate.Warning:
			log.Warn("take the configuration from the environment", "variable", n.What, "note", n.Text)
		case strings.HasPrefix(n.What, "FLUENT"), strings.HasPrefix(n.What, "LOKI"):
			log.Info("take the configuration from the environment", "variable", n.What, "note", n.Kind.String()+": "+n.Text)
		}
	}
}

// reread is how the configuration is read again; nil: the environment does not change.
func (s source) reread() func() (*config.Config, error) {
	if s.path == "" {
		return nil
	}
	return func() (*config.Config, error) { return config.Load(s.path) }
}
