package kubeadm

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/disk/disktest"
)

const crashManifest = "/etc/kubernetes/manifests/kube-apiserver.yaml"

// lonely is a node without kubelet: nothing is restarted, and nobody waits.
type lonely struct{}

func (lonely) Live(context.Context) (int, error) { return 200, nil } // it is not waited for: the context has ended
func (lonely) Servers() ([]Process, error)       { return nil, errors.New("none") }
func (lonely) Stop(Process) error                { return nil }
func (lonely) LastWords() []string               { return nil }

// crashNode is a disk with a control plane, which has an old policy if it is to be replaced.
func crashNode(t testing.TB, d *disktest.Disk, manifest, policy string) {
	t.Helper()
	admin := d.Admin()
	for name, text := range map[string]string{crashManifest: manifest, DefaultPolicyPath: policy} {
		if text == "" {
			continue
		}
		if err := disk.MakeDir(admin, filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := replace(admin, name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// lives runs the command again and again. Plans are kept: there are few different ones, and they take time.
type lives map[string]*Plan

// plan makes one for the node as it is.
func (l lives) plan(f disk.FS, policy *Policy) (*Plan, error) {
	text, _, err := readFile(f, crashManifest)
	if err != nil {
		return nil, err
	}
	present, _, err := readFile(f, DefaultPolicyPath)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	key := string(text) + "\x00" + string(present)
	if l[key] != nil {
		return l[key], nil
	}
	m, err := Parse(crashManifest, text)
	if err != nil {
		return nil, err
	}
	l[key], err = Make(m, Settings{Policy: policy}, files{DefaultPolicyPath: string(present)}.read)
	return l[key], err
}

// live makes the change once, as the process would.
func (l lives) live(f disk.FS, policy *Policy) error {
	plan, err := l.plan(f, policy)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	stop() // it is not waited for
	w := &Writer{FS: f, Node: lonely{}, Now: func() time.Time { return time.Unix(1, 0) }, Timeout: time.Minute, Poll: time.Minute, BackupDir: "/etc/kubernetes/auditship-backup", Say: func(string) {}}
	err = w.Write(ctx, plan)
	var interrupted *InterruptedError
	if errors.As(err, &interrupted) {
		return nil
	}
	return err
}

// TestCrash stops the process or the machine at every call, fails calls, and starts again: at every moment there is a manifest
// that an API server starts with, the old or the new one, with a policy that belongs to it; and nothing else that kubelet
// would take for a manifest. In the end the change is made.
func TestCrash(t *testing.T) {
	old := v136(t)
	half := with(old, allFlags, []string{mountOf("audit-policy", "/etc/kubernetes/audit")}, []string{hostVolume("audit-policy", "/etc/kubernetes/audit", "")})
	process := lives{}
	for _, start := range []struct{ manifest, policy string }{{old, ""}, {half, goodPolicy}} {
		known := map[string]bool{}
		disktest.Each(t, 4, func(trial *disktest.Trial) {
			crashNode(trial, trial.Disk, start.manifest, start.policy)
			for last := false; !last; {
				last = trial.Begin()
				err := process.live(trial.Mount(), &Policy{"new", []byte(goodPolicy + "# new\n")})
				if last && err != nil {
					trial.Damaged("without any trouble: %v", err)
				}
				trial.End()
				for _, plan := range process {
					known[string(plan.Text)] = true
				}
				startable(trial, known, start.manifest, start.policy, last)
			}
		})
	}
}

// startable looks at what kubelet would find.
func startable(t *disktest.Trial, known map[string]bool, oldManifest, oldPolicy string, made bool) {
	t.Helper()
	admin := t.Admin()
	manifest, err := disktest.Read(admin, crashManifest)
	if err != nil {
		t.Damaged("the manifest: %v", err)
	}
	isOld := string(manifest) == oldManifest
	if !isOld && !known[string(manifest)] {
		t.Damaged("the manifest is neither the old nor the new one:\n%s", manifest)
	}
	policy, err := disktest.Read(admin, DefaultPolicyPath)
	if errors.Is(err, fs.ErrNotExist) && isOld && oldPolicy == "" {
		err = nil
	}
	if text := string(policy); err != nil || text != oldPolicy && text != goodPolicy+"# new\n" || !isOld && text == oldPolicy || made && isOld {
		t.Damaged("old manifest: %v, policy: %q, %v", isOld, policy, err)
	}
	entries, err := admin.ReadDir(filepath.Dir(crashManifest))
	for _, e := range entries {
		if e.Name() != filepath.Base(crashManifest) && !strings.HasPrefix(e.Name(), ".") {
			t.Damaged("kubelet finds %s, too", e.Name())
		}
	}
	if err != nil {
		t.Damaged("the manifests: %v", err)
	}
}

// TestTrouble: each call that writes fails; the manifest is as before, or whole, and the error tells what could not be done.
func TestTrouble(t *testing.T) {
	old, process := v136(t), lives{}
	for n := 1; ; n++ {
		d := disktest.New(1)
		crashNode(t, d, old, "")
		failed := false
		d.FailWith(func(c disktest.Call) error {
			if c.N < n || failed || !c.Writes() {
				return nil
			}
			failed = true
			return fs.ErrPermission
		})
		err := process.live(d.Mount(), nil)
		if !failed {
			if n < 10 {
				t.Errorf("there are only %d calls", n)
			}
			return
		}
		if text, wrong := disktest.Read(d.Admin(), crashManifest); err == nil || wrong != nil || string(text) != old {
			t.Fatalf("call %d fails: got %v, and the manifest is changed: %v, %v", n, err, string(text) != old, wrong)
		}
	}
}

// TestNoSpace: where the backups of the log would fill the disk, which is etcd's, too, nothing is done.
func TestNoSpace(t *testing.T) {
	d := disktest.New(1)
	crashNode(t, d, v136(t), "")
	d.SetFree(2 << 30)
	err := lives{}.live(d.Mount(), nil)
	if err == nil || !strings.Contains(err.Error(), "may grow by 2100 MiB") || !strings.Contains(err.Error(), "2048 MiB free") {
		t.Errorf("got %v", err)
	}
	if _, err := disktest.Read(d.Admin(), DefaultPolicyPath); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the policy is there: %v", err)
	}
}

// TestOneAtATime: a second run that comes while the first is at work does nothing.
func TestOneAtATime(t *testing.T) {
	d := disktest.New(1)
	crashNode(t, d, v136(t), "")
	f := d.Mount()
	if err := disk.MakeDir(f, "/etc/kubernetes/auditship-backup", 0o700); err != nil {
		t.Fatal(err)
	}
	lock, err := f.OpenFile("/etc/kubernetes/auditship-backup/lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Lock(); err != nil {
		t.Fatal(err)
	}
	if err := (lives{}).live(f, nil); err == nil || !strings.Contains(err.Error(), "another enable-audit is at work") {
		t.Errorf("got %v", err)
	}
}
