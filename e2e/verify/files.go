package verify

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Files returns what a file output holds: the file itself and the rotated ones beside it, plain or zstd, whose names
// begin as the file's does up to its extension.
func Files(path string) Deliveries {
	return func(yield func(Delivery, error) bool) {
		paths, err := filepath.Glob(strings.TrimSuffix(path, filepath.Ext(path)) + "*")
		if err == nil && len(paths) == 0 {
			err = fmt.Errorf("no file %s", path)
		}
		if err != nil {
			yield(Delivery{}, err)
			return
		}
		for _, path := range paths {
			if !eachShipped(path, yield) {
				return
			}
		}
	}
}

var errEnough = errors.New("enough")

func eachShipped(path string, yield func(Delivery, error) bool) (more bool) {
	err := eachLine(path, func(line []byte) error {
		if !yield(Delivery{Body: line}, nil) {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		yield(Delivery{}, err)
	}
	return err == nil
}

func zstdReader(r io.Reader) (io.ReadCloser, error) {
	decoder, err := zstd.NewReader(r)
	if err != nil {
		return nil, err
	}
	return decoder.IOReadCloser(), nil
}
