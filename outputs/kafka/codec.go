package kafka

import (
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/segmentio/kafka-go/compress"
)

// codec compresses the records of a batch.
type codec struct {
	name       string
	attributes int16 // what stands in the batch's header for it
	ratio      int   // how many bytes of records are tried for one byte of batch
	compress   func(dst, records []byte) ([]byte, error)
}

// zstdWindow bounds what the encoder, and every consumer, holds. Audit events repeat themselves at close distance.
const zstdWindow = 256 << 10

func newCodec(name string) (codec, error) {
	switch name {
	case "none":
		return codec{name: name, ratio: 1, compress: func(dst, records []byte) ([]byte, error) { return append(dst, records...), nil }}, nil
	case "", "zstd":
		return newZstd()
	}
	for _, c := range compress.Codecs[1:] {
		if c.Name() == name {
			return codec{name: name, attributes: int16(c.Code()), ratio: 4, compress: streamed(c)}, nil
		}
	}
	return codec{}, fmt.Errorf("compression %q is unknown", name)
}

func newZstd() (codec, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithWindowSize(zstdWindow), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false)) // the batch has a CRC
	if err != nil {
		return codec{}, fmt.Errorf("make zstd encoder: %w", err)
	}
	all := func(dst, records []byte) ([]byte, error) { return encoder.EncodeAll(records, dst), nil }
	return codec{name: "zstd", attributes: int16(compress.Zstd), ratio: 4, compress: all}, nil
}

// streamed compresses with one of kafka-go's codecs, whose framing is Kafka's own (snappy-java's for snappy).
func streamed(c compress.Codec) func(dst, records []byte) ([]byte, error) {
	return func(dst, records []byte) ([]byte, error) {
		out := appender{dst}
		w := c.NewWriter(&out)
		if _, err := w.Write(records); err != nil {
			return dst, fmt.Errorf("compress: %w", err)
		}
		if err := w.Close(); err != nil {
			return dst, fmt.Errorf("compress: %w", err)
		}
		return out.bytes, nil
	}
}

type appender struct{ bytes []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.bytes = append(a.bytes, p...)
	return len(p), nil
}

var _ io.Writer = (*appender)(nil)
