package fluentd

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/migrate"
)

// sources makes an input of each <source> that tails an audit log.
func (c *converter) sources() {
	var tails []section
	for _, e := range c.directives(c.root) {
		if s := c.section(e); e.Name == "source" && s.kind == "tail" {
			tails = append(tails, s)
		} else if e.Name == "source" {
			c.otherSource(s)
		}
	}
	chosen := slices.DeleteFunc(slices.Clone(tails), func(s section) bool { return !c.audits(s) })
	if len(chosen) == 0 && len(tails) == 1 && c.Source == "" {
		chosen = tails
		c.note(tails[0].Place, tails[0].what(""), migrate.Warning, "nothing in its path or tag says audit; it is taken for the audit log as it is the only file that is followed")
	}
	for _, s := range chosen {
		if linux(s) && c.Source == "" && slices.ContainsFunc(chosen, func(o section) bool { return !linux(o) }) {
			c.leave(s.Element, migrate.Warning, "is where Linux's auditd writes, in lines that are no JSON: leave it with fluentd, or name it with --source if kube-apiserver writes it")
			continue
		}
		c.tail(s)
	}
}

// linux tells whether a source tails the log of Linux's own auditd rather than kube-apiserver's.
func linux(s section) bool {
	kind := s.now("format")
	for _, p := range s.sub("parse") {
		kind = p.kind
	}
	return s.now("path") == migrate.LinuxAudit && kind != "json"
}

func (c *converter) otherSource(s section) {
	switch s.kind {
	case "prometheus", "prometheus_monitor", "prometheus_output_monitor", "prometheus_tail_monitor", "monitor_agent", "debug_agent", "gc_stat":
		c.leave(s.Element, migrate.Unneeded, "tells how fluentd does; auditship has /metrics, /healthz and /readyz on listen, and auditship status")
	case "http", "forward":
		c.leave(s.Element, migrate.Warning, "received events over the network; auditship reads the audit log where kube-apiserver writes it: run it on every control-plane node")
	default:
		c.leave(s.Element, migrate.Unneeded, "reads no audit log; leave it with fluentd")
	}
}

// audits tells whether a source tails an audit log, by its words.
func (c *converter) audits(s section) bool {
	path, tag := s.now("path"), s.now("tag")
	if c.Source != "" {
		return c.Source == tag || slices.ContainsFunc(strings.Split(path, ","), func(p string) bool { return strings.TrimSpace(p) == c.Source })
	}
	return strings.Contains(strings.ToLower(path+" "+tag), "audit")
}

// tail converts https://docs.fluentd.org/input/tail. Each file is an input.
func (c *converter) tail(s section) {
	s.tell(migrate.Converted, "is an input for each file")
	way := chain{}
	c.parse(s, &way)
	in := input{Place: s.Place, posFile: s.now("pos_file"), label: s.now("@label"), shape: way, start: "end"}
	s.to("pos_file", "taken over by auditship migrate positions")
	if !s.has("pos_file") {
		c.note(s.Place, s.what(""), migrate.Warning, "has no pos_file, so nobody knows how far it came: auditship begins where start says")
	}
	if s.flag("read_from_head", false) {
		in.start = "beginning"
	}
	s.to("read_from_head", "inputs.file.start: "+in.start+", for a pipeline without a position")
	in.rate = c.rate(s)
	c.paths(s, in)
	s.finish(tailTable)
}

const mostInputs = 64

// rate is read_bytes_limit_per_second as a size.
func (c *converter) rate(s section) string {
	if !s.has("read_bytes_limit_per_second") {
		return ""
	}
	size, ok := parseSize(s.now("read_bytes_limit_per_second"))
	if !ok || size <= 0 {
		s.param("read_bytes_limit_per_second", migrate.Unneeded, "sets no limit")
		return ""
	}
	s.to("read_bytes_limit_per_second", "outputs.rate_limit")
	return sizeText(max(size, 64<<10))
}

// paths makes the inputs.
func (c *converter) paths(s section, in input) {
	text := s.now("path")
	for _, path := range strings.Split(text, ",") {
		if path = strings.TrimSpace(path); path == "" {
			continue
		}
		one := in
		one.shape = in.shape.clone()
		one.path = c.live(s, path)
		one.tag = tagOf(s.now("tag"), path)
		if key := s.now("path_key"); key != "" {
			one.shape.fields = append(one.shape.fields, pair{key, migrate.Quote(one.path)})
		}
		if slices.ContainsFunc(c.inputs, func(o *input) bool { return o.path == one.path }) {
			c.note(s.Place, s.what("path"), migrate.Warning, "names "+migrate.Brief(one.path)+" once more; it is read once, and goes to each output")
			continue
		}
		if len(c.inputs) == mostInputs {
			c.note(s.Place, s.what("path"), migrate.Warning, fmt.Sprintf("is more than the %d logs that one agent reads; run several", mostInputs))
			return
		}
		one.name = c.inputName(one.path)
		c.inputs = append(c.inputs, &one)
	}
	s.to("path", "inputs.file.path")
	s.to("path_key", "fields."+migrate.Brief(s.now("path_key")))
	s.to("tag", "what decides which directives count, and fields where the tag is shipped")
}

// tagOf is the tag that events of a file get: a * in it is the path, with dots.
func tagOf(tag, path string) string {
	return strings.Replace(tag, "*", strings.ReplaceAll(strings.TrimPrefix(path, "/"), "/", "."), 1)
}

var stamped = regexp.MustCompile(`%[A-Za-z]`)

// live is the log that a path means.
func (c *converter) live(s section, path string) string {
	if stamped.MatchString(path) {
		s.warn("path", "has the date in it; kube-apiserver's log has one name: correct inputs.file.path")
	}
	log, note := migrate.Log(path)
	if note != "" {
		s.warn("path", "%s", note)
	}
	return log
}

var unnamed = regexp.MustCompile(`[^a-z0-9]+`)

// nameOf makes a name for an input or output.
func nameOf(text string, taken func(string) bool) string {
	name := strings.Trim(unnamed.ReplaceAllString(strings.ToLower(text), "-"), "-")
	if len(name) > 36 {
		name = strings.Trim(name[:36], "-")
	}
	for n, first := 2, name; taken(name); n++ {
		name = fmt.Sprintf("%s-%d", first, n)
	}
	return name
}

func (c *converter) inputName(path string) string {
	name := "apiserver"
	if len(c.inputs) > 0 {
		name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		if unnamed.ReplaceAllString(strings.ToLower(name), "") == "" {
			name = "log"
		}
	}
	return nameOf(name, func(n string) bool {
		return slices.ContainsFunc(c.inputs, func(in *input) bool { return in.name == n })
	})
}

func (c *converter) outputName(out *output) string {
	return nameOf(out.kind, func(n string) bool {
		return slices.ContainsFunc(c.outputs, func(o *output) bool { return o.name == n })
	})
}

var tailTable = tables(
	group(migrate.Unneeded, "only the log and its backups are read, and its directory is watched", "exclude_path", "refresh_interval", "limit_recently_modified", "skip_refresh_on_startup",
		"enable_watch_timer", "enable_stat_watcher", "glob_policy", "path_delimiter", "path_timezone"),
	group(migrate.Unneeded, "a rotated file is read to its end, however long that takes", "rotate_wait"),
	group(migrate.Unneeded, "files are known by their first line, not by name or inode", "follow_inodes"),
	group(migrate.Unneeded, "batch says how much is read at a time", "read_lines_limit"),
	group(migrate.Unneeded, "checkpoints are in state_dir", "pos_file_compaction_interval"),
	group(migrate.Unneeded, "the log is kept open", "open_on_every_update"),
	group(migrate.Unneeded, "trouble that lasts is told once in a while", "ignore_repeated_permission_error"),
	group(migrate.Unneeded, "an audit event is one line", "multiline_flush_interval"),
	group(migrate.Unneeded, "a line that is no event becomes a dead letter", "emit_unmatched_lines"),
	group(migrate.Unneeded, "audit logs are UTF-8", "encoding", "from_encoding"),
	group(migrate.Warning, "left longer lines out; auditship ships them without their bodies from outputs.max_event_bytes on, and marks them", "max_line_size"),
	group(migrate.Unneeded, "concerns other sources of the same tag", "group"),
)
