package main

import (
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// manual is the man page, made of what the program says of itself: about it, and about each of its commands.
func manual(binary, version string, at time.Time) ([]byte, error) {
	var page strings.Builder
	fmt.Fprintf(&page, ".TH AUDITSHIP 1 %q %q\n.SH NAME\nauditship \\- ship Kubernetes audit logs, losing nothing\n", at.Format("2006-01-02"), "auditship "+version)
	page.WriteString(".SH SYNOPSIS\n.B auditship\n.I COMMAND\n.RI [ OPTION \\(bu \\(bu \\(bu ]\n.SH DESCRIPTION\n")
	about, err := exec.Command(binary, "help").Output()
	if err != nil {
		return nil, fmt.Errorf("ask for help: %w", err)
	}
	verbatim(&page, before(string(about), "\nUsage:"))
	page.WriteString(".SH COMMANDS\n")
	if err := describeCommands(&page, binary, nil); err != nil {
		return nil, err
	}
	page.WriteString(`.SH FILES
.TP
.I /etc/auditship/auditship.yaml
the configuration that the service reads; every key: /usr/share/doc/auditship/examples/auditship.yaml
.TP
.I /var/lib/auditship
checkpoints, dead letters and guarded backups
.TP
.I /run/auditship/admin.sock
what
.B auditship status
asks
.SH SEE ALSO
/usr/share/doc/auditship/docs
`)
	return []byte(page.String()), nil
}

// describeCommands adds the commands below some words, and those below them. What there is the program tells to shells.
func describeCommands(page *strings.Builder, binary string, words []string) error {
	list, err := exec.Command(binary, append(append([]string{"__completeNoDesc"}, words...), "")...).Output()
	if err != nil {
		return fmt.Errorf("ask for commands: %w", err)
	}
	for name := range strings.Lines(string(list)) {
		name = strings.TrimSpace(name)
		if name == "" || name == "help" || name == "completion" || strings.ContainsAny(name, ":/.") {
			continue
		}
		path := append(append([]string{}, words...), name)
		text, err := exec.Command(binary, append([]string{"help"}, path...)...).Output()
		if err != nil {
			return fmt.Errorf("ask for help about %s: %w", name, err)
		}
		if !strings.Contains(string(text), "auditship "+strings.Join(path, " ")) {
			continue // no command, but what one takes
		}
		fmt.Fprintf(page, ".SS %s\n", strings.Join(path, " "))
		verbatim(page, before(string(text), "\nUse \""))
		if strings.Contains(string(text), "Available Commands:") {
			if err := describeCommands(page, binary, path); err != nil {
				return err
			}
		}
	}
	return nil
}

// verbatim adds text as it stands: roff reads \ everywhere, and . and ' at the beginning of a line.
func verbatim(page *strings.Builder, text string) {
	page.WriteString(".nf\n")
	for line := range strings.Lines(strings.TrimSpace(text)) {
		line = strings.ReplaceAll(strings.TrimRight(line, "\n"), `\`, `\e`)
		line = strings.ReplaceAll(line, "-", `\-`)
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			line = `\&` + line
		}
		page.WriteString(line + "\n")
	}
	page.WriteString(".fi\n")
}

func before(text, mark string) string {
	text, _, _ = strings.Cut(text, mark)
	return text
}
