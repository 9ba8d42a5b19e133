package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/kubeadm"
)

// enableAudit are the flags of enable-audit.
type enableAudit struct {
	manifest, policy, output, patchesDir, livez, backupDir string
	settings                                               kubeadm.Settings
	write                                                  bool
	timeout                                                time.Duration
}

func newEnableAudit() *cobra.Command {
	o := &enableAudit{}
	command := &cobra.Command{
		Use:   "enable-audit",
		Short: "Turn audit logging on, on a control-plane node made by kubeadm",
		Long: `Shows what has to be changed for kube-apiserver to write an audit log, and why; with --write it makes the change. What is
there already stays, in the manifest byte for byte; what is half right is put right; where all is right it says so and changes nothing.

--write writes the policy and makes the log's directory, keeps a backup, replaces the manifest in one step, and waits until kubelet has
started the API server with it. If it does not come up in time, everything is put back as it was. The API server of this node does
not answer meanwhile, for about 40 seconds: with several control-plane nodes run it on one after the other.

kubeadm writes the manifest anew at every upgrade. So that the change stays, put what -o kubeadm-v1beta4 (kubeadm 1.31 and later) or
-o kubeadm-v1beta3 prints into the ConfigMap kube-system/kubeadm-config, or keep what -o patches makes and give its directory to kubeadm.

Exit codes: 0 done, shown, or nothing to do; 1 failed, with the node as it was before unless it is said otherwise; 2 wrong usage, or a
manifest or policy that is not used.`,
		Args: cobra.NoArgs,
	}
	o.flags(command)
	command.RunE = func(command *cobra.Command, _ []string) error { return o.run(command) }
	return command
}

func (o *enableAudit) flags(command *cobra.Command) {
	f := command.Flags()
	f.BoolVar(&o.write, "write", false, "make the change, and wait for the API server")
	f.StringVar(&o.manifest, "manifest", kubeadm.DefaultManifest, "`FILE` of the static pod")
	f.StringVar(&o.policy, "policy", "", "`POLICY`: minimal, recommended, strict or a file (default: the one in use, else recommended)")
	f.StringVar(&o.settings.PolicyPath, "policy-path", "", "`FILE` that the API server reads its policy from (default: the one in use, else "+kubeadm.DefaultPolicyPath+")")
	f.StringVar(&o.settings.LogPath, "log-path", "", "`FILE` of the log (default: the one in use, else "+kubeadm.DefaultLogPath+")")
	f.IntVar(&o.settings.MaxSize, "max-size", 0, fmt.Sprintf("`MB` before the log is rotated (default: what is set, else %d)", kubeadm.DefaultMaxSize))
	f.IntVar(&o.settings.MaxBackups, "max-backups", 0, fmt.Sprintf("`NUMBER` of rotated files kept (default: what is set, else %d: an hour of outage and more)", kubeadm.DefaultMaxBackups))
	f.IntVar(&o.settings.MaxAge, "max-age", 0, fmt.Sprintf("`DAYS` that rotated files are kept (default: what is set, else %d)", kubeadm.DefaultMaxAge))
	f.StringVarP(&o.output, "output", "o", "diff", "`FORM` of what is shown: diff, kubeadm-v1beta4, kubeadm-v1beta3 or patches")
	f.StringVar(&o.patchesDir, "patches-dir", "", "with -o patches, the `DIRECTORY` to write them to")
	f.DurationVar(&o.timeout, "timeout", kubeadm.DefaultTimeout, "how long the API server may take to come back before the change is undone")
	f.StringVar(&o.livez, "livez", "", "`URL` that tells whether the API server works (default: that of kubelet's probe)")
	f.StringVar(&o.backupDir, "backup-dir", "", "`DIRECTORY` for backups, outside that of the manifests (default /etc/kubernetes/auditship-backup)")
}

func (o *enableAudit) run(command *cobra.Command) error {
	plan, err := o.plan()
	if err != nil {
		return err
	}
	if !o.write {
		return o.show(command.OutOrStdout(), plan)
	}
	if o.output != "diff" {
		return unusableError{errors.New("--write edits the manifest of this node: -o shows other ways, so take one of the two")}
	}
	return o.apply(command, plan)
}

// plan reads the manifest and finds what is to be changed.
func (o *enableAudit) plan() (*kubeadm.Plan, error) {
	if o.timeout <= 0 {
		return nil, unusableError{errors.New("--timeout is a time above 0, such as 4m")}
	}
	if o.settings.MaxSize < 0 || o.settings.MaxBackups < 0 || o.settings.MaxAge < 0 {
		return nil, unusableError{errors.New("--max-size, --max-backups and --max-age are numbers above 0")}
	}
	if o.policy != "" {
		policy, err := kubeadm.LoadPolicy(o.policy)
		if err != nil {
			return nil, unusableError{err}
		}
		o.settings.Policy = policy
	}
	m, err := kubeadm.Load(o.manifest)
	if err == nil {
		var plan *kubeadm.Plan
		if plan, err = kubeadm.Make(m, o.settings, os.ReadFile); err == nil {
			return plan, nil
		}
	}
	if errors.Is(err, os.ErrPermission) {
		return nil, fmt.Errorf("%w: run it as root", err)
	}
	return nil, unusableError{err}
}

func (o *enableAudit) apply(command *cobra.Command, plan *kubeadm.Plan) error {
	out := command.OutOrStdout()
	if err := printPlan(out, plan); err != nil {
		return err
	}
	if plan.Empty() {
		return (&kubeadm.Writer{FS: disk.OS{}}).Write(command.Context(), plan)
	}
	host, err := kubeadm.NewHost(plan.After, o.livez, os.ReadFile)
	if err != nil {
		return unusableError{err}
	}
	if o.backupDir == "" {
		o.backupDir = kubeadm.DefaultBackupDir(plan.Manifest.Path)
	}
	signal.Ignore(syscall.SIGHUP) // a terminal that goes must not keep the change from being watched, and undone
	ctx, stop := untilStopped(command.Context())
	defer stop()
	writer := &kubeadm.Writer{
		FS: disk.OS{}, Node: host, Now: time.Now, Timeout: o.timeout, Poll: time.Second, BackupDir: o.backupDir,
		Say: func(text string) { _ = printLine(out, text) }, // the work goes on without a terminal
	}
	err = writer.Write(ctx, plan)
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%w: run it as root", err)
	}
	if err != nil {
		return err
	}
	return printLines(out, keepText(plan))
}

// show prints the plan in the form that was asked for.
func (o *enableAudit) show(to io.Writer, plan *kubeadm.Plan) error {
	switch o.output {
	case "diff":
		if err := printPlan(to, plan); err != nil || plan.Empty() {
			return err
		}
		return errors.Join(printLines(to, plan.Diff()), printLines(to, "Nothing was changed: --write does it.\n"+keepText(plan)))
	case "kubeadm-v1beta4", "kubeadm-v1beta3":
		return printLines(to, plan.ClusterConfiguration(strings.TrimPrefix(o.output, "kubeadm-")))
	case "patches":
		return o.patches(to, plan)
	}
	return unusableError{fmt.Errorf("-o %q is not known: use diff, kubeadm-v1beta4, kubeadm-v1beta3 or patches", o.output)}
}

// printLines prints text of several lines, each escaped: manifests may hold anything.
func printLines(to io.Writer, text string) error {
	for line := range strings.Lines(text) {
		if err := printLine(to, strings.TrimRight(line, "\r\n")); err != nil {
			return err
		}
	}
	return nil
}
