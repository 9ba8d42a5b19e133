package cli

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/doctor"
	"github.com/auditship/auditship/agent/kubeadm"
	"github.com/auditship/auditship/agent/terminal"
)

const defaultConfig = "/etc/auditship/auditship.yaml"

func newDoctor() *cobra.Command {
	command := &cobra.Command{
		Use:   "doctor [-c FILE]",
		Short: "Examine a control-plane node: kube-apiserver's audit flags, log, disk, outputs and the running agent",
		Long: `Examines a control-plane node, and tells for each check whether all is well, what is wrong, where, and what to do. It looks
at kube-apiserver's flags, audit policy and rotation, at the log and its directory, at the disk, at the configuration and
who can read its secrets, asks each output whether it would take events, and the running agent how it is. Nothing is
changed or delivered; a hard link is made beside the log and removed at once, as the retention guard will.

Run it as the user that the agent runs as, on the node itself.

Exit codes: 0 no failure, 1 at least one, 2 wrong usage.`,
		Args: cobra.NoArgs,
	}
	var o doctor.Options
	command.Flags().StringVarP(&o.Config, "config", "c", defaultConfig, "configuration `FILE`")
	command.Flags().StringVar(&o.Manifest, "manifest", kubeadm.DefaultManifest, "`FILE` with the static pod of kube-apiserver")
	command.Flags().StringVar(&o.Root, "root", "/", "`DIR` with the host's file system; if it is not /, no process, socket or output is asked")
	format := command.Flags().StringP("output", "o", "text", "`FORMAT`: text or json")
	completeFiles(command, "config", "yaml", "yml")
	completeFiles(command, "manifest", "yaml", "yml")
	completeWords(command, "output", "text", "json")
	if err := command.MarkFlagDirname("root"); err != nil {
		panic(err) // the flag was added above
	}
	command.RunE = func(command *cobra.Command, _ []string) error {
		if *format != "text" && *format != "json" {
			return unusableError{fmt.Errorf("%q is no format: use text or json", *format)}
		}
		o.Explicit = command.Flags().Changed("config")
		return examine(command, o, *format)
	}
	return command
}

func examine(command *cobra.Command, o doctor.Options, format string) error {
	ctx, stop := signal.NotifyContext(command.Context(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	o.Now, o.Free = time.Now, disk.OS{}.Free
	if o.Root == "/" {
		o.Probe, o.Ask = agent.Probe, askAgent
	}
	results := doctor.Examine(ctx, o)
	write := func() error { return doctor.Write(command.OutOrStdout(), results) }
	if format == "json" {
		write = func() error { return doctor.WriteJSON(terminal.JSON(command.OutOrStdout()), results) }
	}
	err := write()
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case doctor.Failed(results):
		return errors.New("this node needs care: see the failures")
	}
	return nil
}
