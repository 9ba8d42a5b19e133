package doctor

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"

	"gopkg.in/yaml.v3"
)

// checkDisk holds the room on the disk of the state against what the configuration wants of it.
func (e *examination) checkDisk() {
	dir := e.nearest(e.cfg.StateDir)
	free, err := e.Free(e.at(dir))
	if err != nil {
		e.fail("disk", dir, "look at the disk", "%v", err)
		return
	}
	min, most := int64(e.cfg.Disk.MinFree), int64(e.cfg.Disk.MaxBytes)
	switch {
	case free < min:
		e.fail("disk", dir, "make room, or lower disk.min_free", "%s are free, and disk.min_free is %s: the agent guards no backup and takes no dead letter", size(free), size(min))
	case free < min+most:
		e.warn("disk", dir, "make room, or lower disk.max_bytes", "%s are free: less than disk.min_free (%s) and disk.max_bytes (%s) together", size(free), size(min), size(most))
	default:
		e.ok("disk", dir, "%s are free; the agent takes at most %s and leaves %s", size(free), size(most), size(min))
	}
	e.checkEtcd(dir)
}

// nearest is the directory, or what is there of the way to it.
func (e *examination) nearest(dir string) string {
	for {
		if _, err := os.Stat(e.at(dir)); !errors.Is(err, fs.ErrNotExist) || dir == "/" {
			return dir
		}
		dir = path.Dir(dir)
	}
}

// checkEtcd warns where the state shares a disk with etcd, which suffers from every fsync.
func (e *examination) checkEtcd(dir string) {
	etcd := e.etcdDir()
	data, err := os.Stat(e.at(etcd))
	state, err2 := os.Stat(e.at(dir))
	if etcd == "" || err != nil || err2 != nil {
		return // etcd is on other machines
	}
	if device(data) != device(state) {
		e.ok("etcd-disk", dir, "not on etcd's disk (%s)", etcd)
		return
	}
	e.warn("etcd-disk", dir, "put state_dir on another disk; if there is none, keep disk.min_free at 1GiB or more, and set rate_limit for outputs to files",
		"it is on the disk of etcd (%s), which stops when that is full and is slow when that is busy", etcd)
}

func device(info fs.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Dev)
	}
	return 0
}

// etcdDir is etcd's --data-dir, by the manifest of its static pod beside that of kube-apiserver, where kubeadm mounts it under
// its own path; empty: there is none.
func (e *examination) etcdDir() string {
	text, err := os.ReadFile(e.at(path.Join(path.Dir(e.Manifest), "etcd.yaml")))
	if err != nil {
		return ""
	}
	var pod struct {
		Spec struct {
			Containers []struct {
				Command []string `yaml:"command"`
			} `yaml:"containers"`
		} `yaml:"spec"`
	}
	if yaml.Unmarshal(text, &pod) != nil {
		return ""
	}
	for _, c := range pod.Spec.Containers {
		for _, word := range c.Command {
			if dir, ok := strings.CutPrefix(word, "--data-dir="); ok {
				return path.Clean(dir)
			}
		}
	}
	return ""
}
