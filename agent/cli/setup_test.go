package cli

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// TestSetupNeedsOutputsAlone: a file with nothing but the output installs its template.
func TestSetupNeedsOutputsAlone(t *testing.T) {
	var put []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		put = append(put, r.Method+" "+r.URL.Path)
		fmt.Fprint(w, `{"acknowledged":true}`)
	}))
	defer server.Close()
	s := newSite(t)
	config := func(format string) {
		text := "outputs: [{name: a, " + format + "elasticsearch: {urls: ['" + server.URL + "'], data_stream: logs-a-b}}]\n"
		if err := os.WriteFile("setup.yaml", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config("")
	if got := s.ok("setup", "-c", "setup.yaml"); !strings.Contains(got, "auditship-logs-a-b") {
		t.Errorf("it says %s", got)
	}
	config("format: ecs, ")
	s.ok("setup", "-c", "setup.yaml")
	config("compat: fluentd, ")
	if got := s.ok("setup", "-c", "setup.yaml"); !strings.Contains(got, "stay as they are") {
		t.Errorf("it says %s", got)
	}
	if want := "PUT /_index_template/auditship-logs-a-b"; len(put) != 2 || put[0] != want || put[1] != want {
		t.Errorf("asked %q", put)
	}
}
