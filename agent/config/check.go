package config

import (
	"fmt"
	"net"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// check reports what is wrong with a Config beyond the types of its values.
func (d *document) check(c *Config) {
	d.checkAgent(c)
	if !d.checkCount(c) {
		return
	}
	d.checkInputs(c)
	d.checkOutputs(c)
	d.checkPaths(c)
	d.checkMemory(c)
	d.compile(c)
	d.people(c)
}

// most is how many inputs, and how many outputs, an agent may have: more is a mistake, and would make the checks slow.
const most = 64

func (d *document) checkCount(c *Config) bool {
	for path, count := range map[string]int{"inputs": len(c.Inputs), "outputs": len(c.Outputs)} {
		if count > most {
			d.report(path, fmt.Sprintf("has %d entries, and can have %d; run several agents", count, most))
		}
	}
	return len(c.Inputs) <= most && len(c.Outputs) <= most
}

func (d *document) checkAgent(c *Config) {
	d.checkCluster(c)
	d.checkWord("node", c.Node)
	d.checkAbsolute("state_dir", c.StateDir)
	d.checkListen(c.Listen)
	d.checkAdmin(c.Admin)
	d.checkNetworks(c)
	d.checkOneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	d.checkOneOf("log.format", c.Log.Format, "text", "json")
	d.checkOneOf("protect", c.Protect, "on", "off")
	if c.Disk.MaxBytes < 1<<20 {
		d.report("disk.max_bytes", fmt.Sprintf("is %v, which is too little to work with; give at least 1MiB", c.Disk.MaxBytes))
	}
	d.checkBlock("redact", reflect.ValueOf(&c.Redact))
	d.checkDuration("lock_timeout", c.LockTimeout, 0, time.Hour)
	d.checkDuration("shutdown_timeout", c.ShutdownTimeout, time.Second, time.Hour)
}

func (d *document) checkCluster(c *Config) {
	d.checkWord("cluster", c.Cluster)
	for i, in := range c.Inputs {
		if in.Cluster != c.Cluster {
			d.checkWord(fmt.Sprintf("inputs[%d].cluster", i), in.Cluster)
		}
	}
}

// checkWord is for names that become labels and keys elsewhere.
func (d *document) checkWord(path, word string) {
	if len(word) > 253 {
		d.report(path, "is longer than 253 bytes; shorten it")
	} else if strings.TrimSpace(word) != word || strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsPrint(r) }) {
		d.report(path, "has control characters, or spaces around it; remove them")
	}
}

func (d *document) checkAbsolute(path, file string) {
	if file == "" {
		d.report(path, "is missing; give an absolute path")
	} else if !filepath.IsAbs(file) {
		d.report(path, fmt.Sprintf("%q is not an absolute path; begin it with /", file))
	}
}

func (d *document) checkListen(listen string) {
	host, port, err := net.SplitHostPort(listen)
	_, convErr := strconv.ParseUint(port, 10, 16)
	if err != nil || convErr != nil || strings.ContainsAny(host, " /@") {
		d.report("listen", fmt.Sprintf("%q is no address; write HOST:PORT, such as 127.0.0.1:9180 or [::1]:9180", listen))
	}
}

// checkAdmin: the admin socket serves profiles, so it is never a port.
func (d *document) checkAdmin(admin string) {
	const longest = 107 // sun_path of unix(7), with its NUL
	socket, ok := strings.CutPrefix(admin, "unix://")
	switch {
	case !ok || !filepath.IsAbs(socket) || strings.HasSuffix(socket, "/"):
		d.report("admin", fmt.Sprintf("%q is no Unix socket; write unix:// and an absolute path, such as unix:///run/auditship/admin.sock", admin))
	case len(socket) > longest:
		d.report("admin", fmt.Sprintf("the path has %d bytes, and a Unix socket's can have %d; choose a shorter one", len(socket), longest))
	}
}

func (d *document) checkOneOf(path, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		d.report(path, fmt.Sprintf("%q is not known; choose %s", value, either(allowed)))
	}
}

func (d *document) checkDuration(path string, value, least, most time.Duration) {
	if value < least || value > most {
		d.report(path, fmt.Sprintf("is %s; choose between %s and %s", brief(value), brief(least), brief(most)))
	}
}

// brief is 1h for 1h0m0s.
func brief(d time.Duration) string {
	text := d.String()
	if short, ok := strings.CutSuffix(text, "m0s"); ok {
		text = short + "m"
	}
	if short, ok := strings.CutSuffix(text, "h0m"); ok {
		text = short + "h"
	}
	return text
}

// either is "a, b or c".
func either(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
