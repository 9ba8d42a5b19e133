package verify

import (
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Files returns what a file output holds: NAME.EXT itself and the rotated NAME-….EXT beside it, plain or .zst.
func Files(path string) Deliveries {
	return func(yield func(Delivery, error) bool) {
		ext := filepath.Ext(path)
		rotated := strings.TrimSuffix(path, ext) + "-*" + ext
		plain, err1 := filepath.Glob(rotated)
		compressed, err2 := filepath.Glob(rotated + ".zst")
		if err := errors.Join(err1, err2); err != nil {
			yield(Delivery{}, err)
			return
		}
		for _, file := range slices.Concat(plain, compressed, []string{path}) {
			if !eachShipped(file, yield) {
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

// Lines returns the lines of one file as they are.
func Lines(path string) Deliveries {
	return func(yield func(Delivery, error) bool) { eachShipped(path, yield) }
}
