package backend

import (
	"context"
	"fmt"
	"path/filepath"
)

// OpenSearch is one node without TLS and users.
type OpenSearch struct {
	*Process
	URL string
}

// StartOpenSearch starts an empty node with its files in dir.
func StartOpenSearch(ctx context.Context, dir string) (*OpenSearch, error) {
	if _, err := prepare(ctx, "opensearch-up.sh", "FETCH_ONLY=1"); err != nil {
		return nil, err
	}
	port, err := Ports(2)
	if err != nil {
		return nil, err
	}
	o := &OpenSearch{URL: fmt.Sprintf("http://127.0.0.1:%d", port)}
	o.Process, err = Start(ctx, Spec{
		Name: "opensearch", Dir: dir, Command: []string{"opensearch-up.sh"},
		Env: []string{"OS_DATA=" + filepath.Join(dir, "opensearch"), fmt.Sprintf("OS_PORT=%d", port),
			fmt.Sprintf("OS_TRANSPORT_PORT=%d", port+1)},
		Ready: httpReady(o.URL+"/_cluster/health?wait_for_status=yellow&timeout=1s", "", "", ""),
	})
	return o, err
}
