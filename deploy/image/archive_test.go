package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// archive is an OCI archive of one image: https://github.com/opencontainers/image-spec/blob/main/image-layout.md
type archive struct {
	size   int64
	digest string
	config struct {
		Architecture string
		Config       struct {
			User       string
			Entrypoint []string
			Cmd        []string
			Labels     map[string]string
		}
	}
	files map[string]file // by path, of all layers
}

type file struct {
	header  *tar.Header
	content []byte
}

type descriptor struct{ Digest string }

func readArchive(t *testing.T, path string) *archive {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	blobs := untar(t, bytes.NewReader(raw))
	blob := func(digest string) []byte {
		return blobs[filepath.Join("blobs/sha256", strings.TrimPrefix(digest, "sha256:"))].content
	}
	var index struct{ Manifests []descriptor }
	decode(t, blobs["index.json"].content, &index)
	if len(index.Manifests) != 1 {
		t.Fatalf("%s holds %d images", path, len(index.Manifests))
	}
	a := &archive{size: int64(len(raw)), digest: index.Manifests[0].Digest, files: map[string]file{}}
	var manifest struct {
		Config descriptor
		Layers []descriptor
	}
	decode(t, blob(a.digest), &manifest)
	decode(t, blob(manifest.Config.Digest), &a.config)
	for _, layer := range manifest.Layers {
		content, err := gzip.NewReader(bytes.NewReader(blob(layer.Digest)))
		if err != nil {
			t.Fatal(err)
		}
		for name, f := range untar(t, content) {
			a.files[name] = f
		}
	}
	return a
}

func untar(t *testing.T, content io.Reader) map[string]file {
	t.Helper()
	files := map[string]file{}
	for reader := tar.NewReader(content); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		var content bytes.Buffer
		if _, err := io.Copy(&content, reader); err != nil {
			t.Fatal(err)
		}
		files[filepath.Clean(header.Name)] = file{header, content.Bytes()}
	}
}

func decode(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%v in %.200s", err, text)
	}
}
