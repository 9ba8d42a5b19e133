package elasticsearch

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs/credentials"
)

// Validate reports all that is wrong with the block: the path of a key below it, and what to do.
func (c Config) Validate(report func(path, problem string)) {
	c.validateURLs(report)
	c.validateName(report)
	credentials.Token{Key: "api_key", Noun: "an API key", Value: c.APIKey, File: c.APIKeyFile}.
		Validate(credentials.Basic{Username: c.Username, Password: c.Password, PasswordFile: c.PasswordFile}, report)
	if c.Compression != "" && c.Compression != "gzip" && c.Compression != "none" {
		report("compression", "must be gzip or none")
	}
	if c.Template != "" && c.Template != templateAuto && c.Template != templateOff {
		report("template", "must be auto or off")
	}
	if c.Flavor != "" && c.Flavor != stock && c.Flavor != opensearch {
		report("flavor", "must be elasticsearch or opensearch")
	}
	if c.Flavor == opensearch && (c.APIKey != "" || c.APIKeyFile != "") {
		report("flavor", "is opensearch, which has no API keys: give username and password_file")
	}
	c.TLS.Validate(func(path, problem string) { report("tls."+path, problem) })
}

func (c Config) validateURLs(report func(path, problem string)) {
	if len(c.URLs) == 0 {
		report("urls", "give at least one, such as https://elasticsearch:9200")
	}
	encrypted := false
	for i, text := range c.URLs {
		if _, problem := parseURL(text); problem != "" {
			report(fmt.Sprintf("urls[%d]", i), problem)
		}
		encrypted = encrypted || strings.HasPrefix(text, "https:")
	}
	if c.TLS != nil && len(c.URLs) > 0 && !encrypted {
		report("tls", "has no effect on http: make the urls begin with https://")
	}
}

// parseURL never repeats the address in a problem: it may hold a password.
func parseURL(text string) (u *url.URL, problem string) {
	u, problem = credentials.URL(text, "https://elasticsearch:9200")
	if problem == "" && (u.RawQuery != "" || u.Fragment != "") {
		problem = "must end after its path"
	}
	return u, problem
}

func (c Config) validateName(report func(path, problem string)) {
	switch {
	case c.DataStream == "" && c.Index == "":
		report("data_stream", "give either data_stream or index")
	case c.DataStream != "" && c.Index != "":
		report("index", "give either data_stream or index, not both")
	}
	if problem := problemOfName(c.DataStream); c.DataStream != "" && problem != "" {
		report("data_stream", problem)
	}
	if c.Index == "" {
		return
	}
	if pattern, err := parsePattern(c.Index); err != nil {
		report("index", err.Error())
	} else if problem := problemOfName(string(pattern.appendName(nil, event.Epoch))); problem != "" {
		report("index", problem)
	}
}

// problemOfName follows the rules of the create index API:
// https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-create
func problemOfName(name string) string {
	forbidden := func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\\/*?\"<>|,#:%", r) }
	switch {
	case strings.ToLower(name) != name:
		return "must be in lower case"
	case strings.IndexFunc(name, forbidden) >= 0:
		return `must be ASCII without spaces and without \ / * ? " < > | , # : %`
	case strings.HasPrefix(name, "-"), strings.HasPrefix(name, "_"), strings.HasPrefix(name, "+"), strings.HasPrefix(name, "."):
		return "must begin with a letter or a digit"
	case len(name) > 255:
		return "must be at most 255 bytes long"
	}
	return ""
}
