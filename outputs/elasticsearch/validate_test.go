package elasticsearch

import (
	"slices"
	"strings"
	"testing"

	"github.com/auditship/auditship/outputs/credentials"
)

func TestValidate(t *testing.T) {
	good := []string{"https://es:9200"}
	for name, c := range map[string]struct {
		cfg  Config
		want []string // paths
	}{
		"a data stream":       {Config{URLs: good, DataStream: "logs-kubernetes.audit-default"}, nil},
		"a dated index":       {Config{URLs: good, Index: "audit-%Y.%m.%d", Username: "u", PasswordFile: "f"}, nil},
		"an API key":          {Config{URLs: []string{"https://proxy/es/"}, Index: "a", APIKeyFile: "f", Compression: "none"}, nil},
		"nothing":             {Config{}, []string{"urls", "data_stream"}},
		"all sorts of URLs":   {Config{URLs: []string{"es:9200", "ftp://es", "https://", "https://u:p@es", "http://es?x=1", "http://es/%zz"}, Index: "a"}, []string{"urls[0]", "urls[1]", "urls[2]", "urls[3]", "urls[4]", "urls[5]"}},
		"both":                {Config{URLs: good, DataStream: "a", Index: "b"}, []string{"index"}},
		"names":               {Config{URLs: good, DataStream: "Audit"}, []string{"data_stream"}},
		"a strange date":      {Config{URLs: good, Index: "audit-%H"}, []string{"index"}},
		"an index name":       {Config{URLs: good, Index: "-audit-%Y"}, []string{"index"}},
		"wildcards":           {Config{URLs: good, DataStream: "audit-*"}, []string{"data_stream"}},
		"too long":            {Config{URLs: good, DataStream: strings.Repeat("a", 256)}, []string{"data_stream"}},
		"two secrets":         {Config{URLs: good, Index: "a", Username: "u", Password: "p", PasswordFile: "f"}, []string{"password_file"}},
		"two API keys":        {Config{URLs: good, Index: "a", APIKey: "k", APIKeyFile: "f"}, []string{"api_key_file"}},
		"two ways":            {Config{URLs: good, Index: "a", APIKey: "k", Username: "u", Password: "p"}, []string{"api_key"}},
		"no password":         {Config{URLs: good, Index: "a", Username: "u"}, []string{"username"}},
		"no user":             {Config{URLs: good, Index: "a", Password: "p"}, []string{"username"}},
		"compression":         {Config{URLs: good, Index: "a", Compression: "zstd"}, []string{"compression"}},
		"half a certificate":  {Config{URLs: good, Index: "a", TLS: &credentials.TLS{CertFile: "c"}}, []string{"tls.cert_file"}},
		"TLS without TLS":     {Config{URLs: []string{"http://es"}, Index: "a", TLS: &credentials.TLS{}}, []string{"tls"}},
		"more than one thing": {Config{Index: "a", DataStream: "b", Password: "p", Compression: "x"}, []string{"urls", "index", "username", "compression"}},
	} {
		var got []string
		c.cfg.Validate(func(path, problem string) {
			got = append(got, path)
			if problem == "" || strings.Contains(problem, "u:p") {
				t.Errorf("%s: %s: %q", name, path, problem)
			}
		})
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
