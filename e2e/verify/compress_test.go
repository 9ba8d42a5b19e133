package verify_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func gzipped(t *testing.T, text string) []byte {
	var buffer bytes.Buffer
	return compressed(t, gzip.NewWriter(&buffer), &buffer, text)
}

func zstandard(t *testing.T, text string) []byte {
	var buffer bytes.Buffer
	w, err := zstd.NewWriter(&buffer)
	if err != nil {
		t.Fatal(err)
	}
	return compressed(t, w, &buffer, text)
}

func compressed(t *testing.T, w io.WriteCloser, buffer *bytes.Buffer, text string) []byte {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}
