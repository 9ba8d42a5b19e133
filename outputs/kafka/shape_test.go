package kafka

import (
	"bytes"
	"errors"
	"reflect"
	"runtime"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
)

// filled gives every field of a type a value, lists two elements.
func filled(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "_" {
				filled(v.Field(i))
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			filled(v.Index(i))
		}
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint8:
		v.SetUint(7)
	default:
		v.SetInt(5)
	}
}

// each calls see with an answer of every kind in every version that kafka-go knows, without its size.
func each(t testing.TB, see func(key protocol.ApiKey, version int16, answer []byte)) {
	t.Helper()
	for key, kind := range answers {
		full, empty := reflect.New(kind), reflect.New(kind)
		filled(full.Elem())
		for version := int16(0); version < 20; version++ {
			for _, message := range []reflect.Value{full, empty} {
				var out bytes.Buffer
				if protocol.WriteResponse(&out, version, 9, message.Interface().(protocol.Message)) == nil {
					see(key, version, out.Bytes()[4:])
				}
			}
		}
	}
}

// What kafka-go would write as an answer is one; cut anywhere it is none.
func TestShapes(t *testing.T) {
	seen := 0
	each(t, func(key protocol.ApiKey, version int16, answer []byte) {
		seen++
		if err := checkAnswer(key, version, append(answer, "more"...)); err != nil {
			t.Error(err)
		}
		for i := range answer {
			if err := checkAnswer(key, version, answer[:i]); !errors.Is(err, errCutOff) {
				t.Errorf("%v version %d, cut at %d of %d: %v", key, version, i, len(answer), err)
			}
		}
	})
	if seen < 50 {
		t.Errorf("only %d answers", seen)
	}
}

// FuzzShape: what passes, kafka-go decodes in memory that goes with its length, and without a panic.
func FuzzShape(f *testing.F) {
	each(f, func(key protocol.ApiKey, version int16, answer []byte) { f.Add(int(key), version, answer) })
	f.Add(int(protocol.ApiVersions), int16(0), []byte("\x00\x00\x00\x01\x00\x00\x7f\xff\xff\xff"))
	f.Add(int(protocol.InitProducerId), int16(4), []byte("\x00\x00\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, key int, version int16, answer []byte) {
		if _, known := answers[protocol.ApiKey(key)]; !known || len(answer) > 1<<20 || checkAnswer(protocol.ApiKey(key), version, answer) != nil {
			return
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, _ = protocol.ReadResponse(bytes.NewReader([]byte(frame(string(answer)))), protocol.ApiKey(key), version)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20+uint64(200*len(answer)) {
			t.Errorf("key %d, version %d: %d bytes take %d", key, version, len(answer), took)
		}
	})
}
