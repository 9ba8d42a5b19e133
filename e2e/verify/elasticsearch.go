package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Elasticsearch reads all documents of the indices or the data stream that a pattern names.
type Elasticsearch struct {
	Client         *http.Client
	URL            string
	User, Password string
	Index          string
	Page           int // documents in one answer; 0: 500
}

// Deliveries reads a snapshot of the documents (the scroll API), after a refresh.
func (e *Elasticsearch) Deliveries(ctx context.Context) Deliveries {
	return func(yield func(Delivery, error) bool) {
		if err := e.each(ctx, yield); err != nil {
			yield(Delivery{}, err)
		}
	}
}

type searchPage struct {
	ScrollID string `json:"_scroll_id"`
	Shards   struct {
		Failed int `json:"failed"`
	} `json:"_shards"`
	Hits struct {
		Hits []struct {
			ID     string          `json:"_id"`
			Source json.RawMessage `json:"_source"`
		} `json:"hits"`
	} `json:"hits"`
}

func (e *Elasticsearch) each(ctx context.Context, yield func(Delivery, error) bool) error {
	if err := e.call(ctx, http.MethodPost, "/"+e.Index+"/_refresh", nil, nil); err != nil {
		return err
	}
	size := e.Page
	if size == 0 {
		size = 500
	}
	var page searchPage
	query := map[string]any{"size": size, "sort": []string{"_doc"}}
	path, body := "/"+e.Index+"/_search?scroll=2m", any(query)
	for {
		page = searchPage{}
		if err := e.call(ctx, http.MethodPost, path, body, &page); err != nil {
			return err
		}
		if page.Shards.Failed > 0 {
			return fmt.Errorf("search %s: %d shards failed", e.Index, page.Shards.Failed)
		}
		for _, hit := range page.Hits.Hits {
			if !yield(Delivery{ID: hit.ID, Body: hit.Source}, nil) {
				return nil
			}
		}
		path, body = "/_search/scroll", map[string]any{"scroll": "2m", "scroll_id": page.ScrollID}
		if len(page.Hits.Hits) == 0 {
			return e.call(ctx, http.MethodDelete, "/_search/scroll", map[string]any{"scroll_id": page.ScrollID}, nil)
		}
	}
}

// Call sends a request, with body as JSON unless that is nil, and decodes the answer into answer.
func (e *Elasticsearch) Call(ctx context.Context, method, path string, body, answer any) error {
	return e.call(ctx, method, path, body, answer)
}

func (e *Elasticsearch) call(ctx context.Context, method, path string, body, answer any) error {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, e.URL+path, content)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.SetBasicAuth(e.User, e.Password)
	return fetchJSON(e.Client, request, answer)
}

// fetchJSON decodes a 2xx answer into answer, unless that is nil.
func fetchJSON(client *http.Client, request *http.Request, answer any) error {
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s: %.300s", request.Method, request.URL.Path, response.Status, text)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}
