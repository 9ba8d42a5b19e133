package kafka

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/findcoordinator"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/offsetfetch"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/saslauthenticate"
	"github.com/segmentio/kafka-go/protocol/saslhandshake"
)

// answers are the types by whose tags kafka-go decodes answers, and by which they are checked here.
var answers = map[protocol.ApiKey]reflect.Type{
	protocol.Produce:          reflect.TypeFor[produce.Response](),
	protocol.Metadata:         reflect.TypeFor[metadata.Response](),
	protocol.SaslHandshake:    reflect.TypeFor[saslhandshake.Response](),
	protocol.ApiVersions:      reflect.TypeFor[apiversions.Response](),
	protocol.InitProducerId:   reflect.TypeFor[initproducerid.Response](),
	protocol.SaslAuthenticate: reflect.TypeFor[saslauthenticate.Response](),
	protocol.FindCoordinator:  reflect.TypeFor[findcoordinator.Response](), // these three of inputs/kafka
	protocol.OffsetFetch:      reflect.TypeFor[offsetfetch.Response](),
	protocol.ListOffsets:      reflect.TypeFor[listoffsets.Response](),
}

var errCutOff = errors.New("the answer announces more than it holds")

// checkAnswer tells whether all that an answer announces is there. What follows the last field is passed over, and so are
// answers to requests without a header (SASL with brokers before 1.0).
func checkAnswer(key protocol.ApiKey, version int16, answer []byte) error {
	t, known := answers[key]
	if !known {
		return nil
	}
	s := shape{rest: answer, version: version, flexible: flexible(t, version)}
	s.skip(4) // correlation ID
	if s.flexible {
		s.tags()
	}
	s.walk(t)
	if s.short {
		return fmt.Errorf("%v version %d: %w", key, version, errCutOff)
	}
	return nil
}

// shape goes over an answer.
type shape struct {
	rest     []byte
	version  int16
	flexible bool
	short    bool // there was less than announced
}

func (s *shape) walk(t reflect.Type) {
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.Name != "_" && applies(f.Tag.Get("kafka"), s.version) {
				s.walk(f.Type)
			}
		}
		if s.flexible {
			s.tags()
		}
	case reflect.String:
		s.skip(s.length(2))
	case reflect.Slice:
		n := s.length(4)
		if t.Elem().Kind() == reflect.Uint8 {
			s.skip(n)
			return
		}
		if n > len(s.rest) { // every element has a byte at least
			s.short = true
		}
		for i := 0; i < n && !s.short; i++ {
			s.walk(t.Elem())
		}
	default:
		s.skip(int(t.Size()))
	}
}

// length reads that of a text of n bytes, or of a list; none counts as empty.
func (s *shape) length(width int) int {
	if s.flexible {
		return max(0, s.varint()-1)
	}
	var n [4]byte
	at := s.rest
	if s.skip(width); s.short {
		return 0
	}
	copy(n[4-width:], at[:width])
	if at[0] >= 0x80 {
		return 0
	}
	return int(binary.BigEndian.Uint32(n[:]))
}

// tags passes over the fields at the end of a flexible message (KIP-482).
func (s *shape) tags() {
	for n := s.varint(); n > 0 && !s.short; n-- {
		s.varint()
		s.skip(s.varint())
	}
}

func (s *shape) varint() int {
	v, n := binary.Uvarint(s.rest)
	if n <= 0 || v > maxFrame {
		s.short = true
		return 0
	}
	s.rest = s.rest[n:]
	return int(v)
}

func (s *shape) skip(n int) {
	if n > len(s.rest) {
		s.short = true
		return
	}
	s.rest = s.rest[n:]
}

// flexible tells whether a message has the newer encoding in a version.
func flexible(t reflect.Type, version int16) bool {
	f, marked := t.FieldByName("_")
	return marked && strings.HasSuffix(f.Tag.Get("kafka"), ",tag") && applies(f.Tag.Get("kafka"), version)
}

// applies tells whether a field is there in a version: its tag is min=vN,max=vN, and more that does not matter here.
func applies(tag string, version int16) bool {
	from, to := bound(tag, "min=v"), bound(tag, "max=v")
	return from <= int(version) && int(version) <= to
}

func bound(tag, name string) int {
	_, rest, _ := strings.Cut(tag, name)
	digits, _, _ := strings.Cut(rest, ",")
	n, err := strconv.Atoi(digits)
	if err != nil {
		panic("kafka-go has a tag of an unknown form: " + tag) // a test would have met it
	}
	return n
}
