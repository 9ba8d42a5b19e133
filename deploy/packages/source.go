package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// source is what packages are made of.
type source struct {
	repo    string    // an absolute path
	label   string    // what `auditship version` says
	commit  string    //
	version string    // of the packages
	time    time.Time // of the commit: that of all files
	config  string    // the file that becomes /etc/auditship/auditship.yaml
}

// describe asks git what is checked out.
func describe(repo string) (s source, err error) {
	s.config = "auditship.yaml"
	if s.repo, err = filepath.Abs(repo); err != nil {
		return s, err
	}
	git := func(args ...string) (text string) {
		if err != nil {
			return ""
		}
		stdout, failed := exec.Command("git", append([]string{"-C", s.repo}, args...)...).Output()
		if failed != nil {
			err = fmt.Errorf("git %s: %w", args[0], failed)
		}
		return strings.TrimSpace(string(stdout))
	}
	s.label = git("describe", "--tags", "--always", "--dirty")
	s.commit = git("rev-parse", "HEAD")
	seconds, wrong := strconv.ParseInt(git("log", "-1", "--format=%ct"), 10, 64)
	if err == nil {
		err = wrong
	}
	s.time = time.Unix(seconds, 0).UTC()
	s.version = packageVersion(s.label, s.time)
	return s, err
}

var described = regexp.MustCompile(`^v?(\d+\.\d+\.\d+)(?:-([A-Za-z][0-9A-Za-z.]*))?(?:-(\d+)-(g[0-9a-f]+))?(-dirty)?$`)

// packageVersion is what `git describe` says, as dpkg and rpm order versions: v1.2.0-rc.1 before v1.2.0 (a ~ sorts before all
// else), what came after a tag behind it, and what has no tag by its time, before all releases.
func packageVersion(label string, at time.Time) string {
	m := described.FindStringSubmatch(label)
	if m == nil {
		return "0.0.0~" + at.Format("20060102150405") + "." + strings.ReplaceAll(label, "-", ".")
	}
	version := m[1]
	if m[2] != "" {
		version += "~" + m[2]
	}
	if m[3] != "" {
		version += "+" + m[3] + "." + m[4]
	}
	return version + strings.ReplaceAll(m[5], "-", "+")
}
