package migrate

import (
	"fmt"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

// Decode decodes YAML. A panic of the parser is an error, and does not end the program.
func Decode(text []byte, into *yaml.Node) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the parser gave up: %v", cause)
		}
	}()
	return yaml.Unmarshal(text, into)
}

// Brief keeps what a note repeats of a file short, and in one line.
func Brief(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 80 {
		text = strings.ToValidUTF8(text[:80], "") + "…"
	}
	return text
}

// LinuxAudit is where Linux's own audit daemon writes (auditd.conf(5)), which has the word audit in its path, too.
const LinuxAudit = "/var/log/audit/audit.log"

// Log is the log that a path means, which may be a pattern: then it is a guess, and the note says so. The backups of a log are
// found beside it, so a pattern is not needed for these.
func Log(path string) (log, note string) {
	if !strings.ContainsAny(path, "*?[{") || strings.Contains(path, "${") {
		return path, ""
	}
	log = strings.NewReplacer("-*", "", "*", "", "?", "").Replace(path)
	if base := filepath.Base(log); strings.HasPrefix(base, ".") || !strings.Contains(base, ".") || strings.ContainsAny(base, "[{") {
		log = filepath.Join(filepath.Dir(path), "audit.log")
	}
	return log, fmt.Sprintf("is a pattern (%s); an input is one log, whose rotated backups are found beside it: %s is a guess, correct inputs.file.path", Brief(path), Brief(log))
}

// Words are the fields of an event that a condition has a word for which holds exactly what others compare: the field as text, "" where
// it is not there.
var Words = map[string]string{
	"verb": "verb", "level": "level", "stage": "stage", "requestURI": "uri", "user.username": "user",
	"objectRef.resource": "resource", "objectRef.subresource": "subresource", "objectRef.namespace": "ns", "objectRef.name": "name", "objectRef.apiGroup": "group",
	"responseStatus.code": `(code == 0 ? "" : string(code))`, "kind": `"Event"`, "apiVersion": `"audit.k8s.io/v1"`,
}
