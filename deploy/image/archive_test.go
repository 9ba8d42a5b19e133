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

type descriptor struct {
	Digest   string
	Platform struct{ Architecture string }
}

type index struct{ Manifests []descriptor }

// layout opens an OCI archive: the digest of what it holds, its blobs by digest, and its size.
func layout(t *testing.T, path string) (digest string, blob func(digest string) []byte, size int64) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	blobs := untar(t, bytes.NewReader(raw))
	var index index
	decode(t, blobs["index.json"].content, &index)
	if len(index.Manifests) != 1 {
		t.Fatalf("%s holds %d images", path, len(index.Manifests))
	}
	return index.Manifests[0].Digest, func(digest string) []byte {
		return blobs[filepath.Join("blobs/sha256", strings.TrimPrefix(digest, "sha256:"))].content
	}, int64(len(raw))
}

// readIndex tells the digest of an archive of several architectures, and of the image of each.
func readIndex(t *testing.T, path string) (digest string, images map[string]string) {
	t.Helper()
	digest, blob, _ := layout(t, path)
	var index index
	decode(t, blob(digest), &index)
	images = map[string]string{}
	for _, m := range index.Manifests {
		images[m.Platform.Architecture] = m.Digest
	}
	return digest, images
}

func readArchive(t *testing.T, path string) *archive {
	t.Helper()
	digest, blob, size := layout(t, path)
	a := &archive{size: size, digest: digest, files: map[string]file{}}
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
