package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/status"
	"github.com/auditship/auditship/agent/terminal"
)

// maxCheckpoint bounds what set reads.
const maxCheckpoint = 64 << 20

func newCheckpointSet() *cobra.Command {
	command := &cobra.Command{
		Use:   "set -c FILE PIPELINE [CHECKPOINT]",
		Short: "Put a pipeline back to a position that show has printed",
		Long: `Reads, from a file or from standard input, what show has printed: all of it, one checkpoint, or a cursor alone. The
output keeps its state and is told to expect repeats. Elasticsearch and Loki hide all events that they have; a file and Kafka
only those that an interrupted run may have delivered, so what lies further back stands there twice; receivers of HTTP and of
the Forward Protocol get all of it twice.`,
		Args: cobra.RangeArgs(1, 2),

		ValidArgsFunction: pipelineNames,
	}
	path := configFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		cfg, err := config.Load(*path)
		if err != nil {
			return err
		}
		cursor, err := readCursor(command.InOrStdin(), args)
		if err != nil {
			return err
		}
		at, err := agent.SetPosition(command.Context(), cfg, newLogger(command.ErrOrStderr(), cfg.Log), args[0], cursor)
		if err != nil {
			return err
		}
		text := fmt.Sprintf("%s: position set; %s behind it are to be read", at.Pipeline, size(at.Unread))
		if at.Gaps > 0 {
			text += fmt.Sprintf(", and %d losses to be reported: not all is there any more", at.Gaps)
		}
		return printLine(command.OutOrStdout(), text)
	}
	return command
}

// readCursor finds the cursor in what is given: that of the pipeline in the output of show, that of a checkpoint, or itself.
func readCursor(from io.Reader, args []string) (json.RawMessage, error) {
	if len(args) > 1 && args[1] != "-" {
		file, err := os.Open(args[1])
		if err != nil {
			return nil, err
		}
		defer file.Close()
		from = file
	}
	text, err := io.ReadAll(io.LimitReader(from, maxCheckpoint))
	if err != nil {
		return nil, err
	}
	input, output, _ := strings.Cut(args[0], "/")
	for _, key := range []string{status.DirName(input, output), args[0], "cursor"} {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(text, &object); err != nil {
			return nil, fmt.Errorf("read checkpoint: %w", err)
		}
		if inner, there := object[key]; there {
			text = inner
		}
	}
	return text, nil
}

func newCheckpointSkip() *cobra.Command {
	command := &cobra.Command{
		Use:   "skip -c FILE PIPELINE",
		Short: "Move a pipeline to the present end of its log",
		Long:  `What is skipped is never read. It is booked as a gap, "skipped by an operator", so that the ledger still tells of it.`,
		Args:  cobra.ExactArgs(1),

		ValidArgsFunction: pipelineNames,
	}
	path := configFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		cfg, err := config.Load(*path)
		if err != nil {
			return err
		}
		at, err := agent.SkipToEnd(command.Context(), cfg, newLogger(command.ErrOrStderr(), cfg.Log), args[0])
		if err != nil {
			return err
		}
		if at.Skipped == 0 {
			return printLine(command.OutOrStdout(), at.Pipeline+": at the end of the log; nothing had to be skipped")
		}
		return printLine(command.OutOrStdout(), fmt.Sprintf("%s: at the end of the log; %s were skipped and are booked as a gap", at.Pipeline, size(at.Skipped)))
	}
	return command
}

// size is a number of bytes as people read it.
func size(bytes int64) string {
	switch {
	case bytes < 0:
		return "an unknown number of bytes"
	case bytes < 10<<10:
		return fmt.Sprintf("%d bytes", bytes)
	case bytes < 10<<20:
		return fmt.Sprintf("%.1f KiB", float64(bytes)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
}

func printLine(to io.Writer, text string) error {
	_, err := fmt.Fprintln(to, terminal.Escape(text))
	return err
}
