package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/roster"
	"github.com/auditship/auditship/agent/terminal"
)

func printWho(to io.Writer, rows []roster.Row) error {
	for _, r := range rows {
		text := fmt.Sprintf("%-15s  %7d  %s  %s  %s", r.Kind, r.Events, instant(r.First), instant(r.Last), account(&r.Actor))
		for _, part := range []struct{ format, value string }{
			{" is %s", r.Person}, {" <%s>", r.Email}, {" of %s", r.Team}, {" via %s", r.Via},
		} {
			if part.value != "" {
				text += fmt.Sprintf(part.format, part.value)
			}
		}
		if r.Shared {
			text += " (shared)"
		}
		text += ", by " + r.Evidence
		if r.Credential != "" {
			text += " " + r.Credential
		}
		if r.MintedBy != "" {
			text += ", minted by " + r.MintedBy
		}
		if len(r.Addresses) > 0 {
			text += ", from " + strings.Join(r.Addresses, " ")
		}
		if r.More {
			text += " and more"
		}
		if err := printLine(to, text); err != nil {
			return err
		}
	}
	return nil
}

func instant(t time.Time) string {
	if t.IsZero() {
		return strings.Repeat("-", len("2006-01-02T15:04:05Z"))
	}
	return t.UTC().Format(time.RFC3339)
}

func account(a *roster.Actor) string {
	if a.Name == "" {
		return "(nobody)"
	}
	return strings.TrimPrefix(a.Namespace+"/"+a.Name, "/")
}

func printWhoJSON(to io.Writer, rows []roster.Row) error {
	out := json.NewEncoder(terminal.JSON(to))
	for _, r := range rows {
		if err := out.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// printWhoCSV prints the first line of a file of identities, and one for each that it lacks, in the same columns. Names that could
// not stand in it are left out.
func printWhoCSV(to io.Writer, rows []roster.Row) error {
	out := csv.NewWriter(to)
	all := [][]string{{"user", "fingerprint", "token", "person", "email", "team", "shared"}}
	for _, r := range rows {
		user, wanted := lacking(&r.Actor)
		if !wanted || strings.HasPrefix(user, "#") || strings.ContainsFunc(user+r.Email, func(c rune) bool { return !unicode.IsPrint(c) }) {
			continue
		}
		fingerprint, isCertificate := strings.CutPrefix(r.Credential, "X509SHA256=")
		if !isCertificate {
			fingerprint = "" // a token does not last, so that an entry for it is not worth while
		}
		all = append(all, []string{user, fingerprint, "", "", r.Email, r.Team, ""})
	}
	all = slices.CompactFunc(all, slices.Equal)
	return out.WriteAll(all)
}

// lacking tells whether a map of identities should say who that is, and the whole user name. A service account that acts by tokens which
// somebody had made is not only a workload.
func lacking(a *roster.Actor) (user string, wanted bool) {
	switch {
	case a.Person != "", strings.HasPrefix(a.Evidence, "identities:"):
		return "", false
	case a.Kind == event.Human.String():
		return a.Name, true
	case a.Kind == event.ServiceAccount.String() && a.MintedBy != "":
		return "system:serviceaccount:" + a.Namespace + ":" + a.Name, true
	}
	return "", false
}
