package cli

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/enrich"
	"github.com/auditship/auditship/agent/logs"
	"github.com/auditship/auditship/agent/session"
)

func newSessions() *cobra.Command {
	command := &cobra.Command{
		Use:   "sessions LOG...",
		Short: "List who was inside which pod: exec, attach, port-forward, debug, cp",
		Long: `Reads audit logs of the API server, plain or compressed, directories of them, or - for standard input, and prints one line per
session, oldest first: start, duration, outcome, kind, who, where, client, address and command. It is a ledger, not a recording:
what was typed inside, and whether the command ran at all, is in no audit log.

Outcomes: refused (no right), failed, ended, open (its end is not in the log), end unknown (an API server has begun anew since).
With -c people and networks are named as the configuration says.`,
		Example: `  auditship sessions /var/log/kubernetes/audit
  auditship sessions --user jane@example.org --since 2026-11-22T08:00:00Z audit.log.gz`,
		Args: cobra.MinimumNArgs(1),
	}
	var f sessionFilter
	command.Flags().StringVar(&f.user, "user", "", "only those of this `NAME`: a person, an e-mail address or a user; also whom somebody became")
	command.Flags().StringVar(&f.namespace, "namespace", "", "only those in this `NAMESPACE`")
	command.Flags().Var(&f.since, "since", "only those that went on at or after this `TIME`, such as 2026-11-22 or 2026-11-22T08:00:00Z")
	command.Flags().Var(&f.until, "until", "only those that began before this `TIME`")
	path := command.Flags().StringP("config", "c", "", "configuration `FILE`, for identities and networks")
	asJSON := command.Flags().Bool("json", false, "print one JSON object per line")
	command.RunE = func(command *cobra.Command, args []string) error {
		if !f.since.IsZero() && !f.until.IsZero() && !f.since.Before(f.until.Time) {
			return unusableError{errors.New("--until is not after --since, so no session can be shown")}
		}
		n, err := sessionEnricher(*path)
		if err != nil {
			return err
		}
		print := printSession
		if *asJSON {
			print = printSessionJSON
		}
		ledger := session.NewLedger(func(r *session.Record) error {
			if !f.during(r) {
				return nil
			}
			return print(command.OutOrStdout(), r)
		})
		lines, err := logs.Open(args, command.InOrStdin())
		if err != nil {
			return err
		}
		defer lines.Close()
		l := sessionReader{enricher: n, ledger: ledger, filter: f}
		readErr := l.each(lines, l.add)
		if err := ledger.Flush(); err != nil {
			return err
		}
		l.tell(command.ErrOrStderr())
		return readErr
	}
	return command
}

// timeFlag is a time of the command line: RFC 3339, or a date, which is its beginning in UTC.
type timeFlag struct{ time.Time }

// Set, String and Type make it a flag (github.com/spf13/pflag Value).
func (t *timeFlag) Set(text string) error {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if parsed, err := time.Parse(layout, text); err == nil {
			t.Time = parsed
			return nil
		}
	}
	return errors.New("write it as 2026-11-22 or 2026-11-22T08:00:00Z")
}

func (t *timeFlag) String() string { return "" } // there is no default to show
func (t *timeFlag) Type() string   { return "time" }

// sessionEnricher knows the people and networks of a configuration, if one is given.
func sessionEnricher(path string) (*enrich.Enricher, error) {
	if path == "" {
		return enrich.New(enrich.Config{}), nil
	}
	cfg, err := config.Load(path)
	if err != nil {
		return nil, err
	}
	return enrich.New(enrich.Config{People: cfg.People, Networks: cfg.Labels}), nil
}
