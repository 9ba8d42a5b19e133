package forward

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/tinylib/msgp/msgp"

	"github.com/auditship/auditship/outputs/outputtest"
)

// decode reads msgpack by a decoder that is not ours.
func decode(t *testing.T, packed []byte) any {
	t.Helper()
	v, rest, err := msgp.ReadIntfBytes(packed)
	if err != nil || len(rest) > 0 {
		t.Fatalf("%x: %v, %d bytes are left", packed[:min(len(packed), 40)], err, len(rest))
	}
	return v
}

func TestValues(t *testing.T) {
	for text, want := range map[string]any{
		`null`: nil, `true`: true, `false`: false, `""`: "", `"a"`: "a", `"\u00e4\n\"\ud83d\ude00"`: "ä\n\"😀", `"\ud800"`: "\uFFFD", "\"\xff\"": "\uFFFD",
		`0`: int64(0), `-1`: int64(-1), `9007199254740993`: int64(9007199254740993), `9223372036854775807`: int64(math.MaxInt64),
		`-9223372036854775808`: int64(math.MinInt64), `18446744073709551615`: uint64(math.MaxUint64), `18446744073709551616`: "18446744073709551616",
		`0.1`: 0.1, `1.0`: 1.0, `1e3`: 1000.0, `-0.0`: math.Copysign(0, -1), `1e400`: "1e400", `1e-400`: "1e-400", `0.12345678901234567890`: "0.12345678901234567890",
		`5e-324`: 5e-324, `4.123e-324`: "4.123e-324", `1.7976931348623157e308`: math.MaxFloat64, `123456789012345.6`: 123456789012345.6, `9007199254740993.0`: "9007199254740993.0",
		`{}`: map[string]any{}, `[]`: []any{}, ` { "a" : [ 1 , {"b":null} ] , "\u0061b":2 } `: map[string]any{"a": []any{int64(1), map[string]any{"b": nil}}, "ab": int64(2)},
	} {
		packed, end := appendValue(nil, []byte(`[`+text+`]`), 0, 0)
		got := decode(t, packed).([]any)
		if end != len(text)+2 || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
			t.Errorf("%s: %#v, want %#v", text, got, want)
		}
	}
}

// TestRealEvents: what arrives is what the JSON says, to the last digit.
func TestRealEvents(t *testing.T) {
	for _, e := range outputtest.Events(t) {
		line := e.AppendJSON(nil)
		packed, _ := appendValue(nil, line, 0, 0)
		compare(t, decode(t, packed), line)
	}
}

func compare(t *testing.T, got any, line []byte) {
	t.Helper()
	var want any
	d := json.NewDecoder(strings.NewReader(string(line)))
	d.UseNumber()
	if err := d.Decode(&want); err != nil {
		t.Fatal(err)
	}
	if err := differ(want, got, 0); err != nil {
		t.Errorf("%.200s: %v", line, err)
	}
}

// differ tells where a decoded msgpack value is another than the JSON's.
func differ(want, got any, depth int) error {
	if depth == maxDepth && reflect.TypeOf(want) != reflect.TypeFor[json.Number]() {
		if inner, ok := got.(string); ok {
			d := json.NewDecoder(strings.NewReader(inner))
			d.UseNumber()
			var v any
			if d.Decode(&v) == nil && reflect.DeepEqual(v, want) {
				return nil
			}
		}
	}
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(w) {
			return fmt.Errorf("%T of %d, want a map of %d", got, len(g), len(w))
		}
		for key := range w {
			if err := differ(w[key], g[key], depth+1); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
		}
		return nil
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Errorf("%T, want an array", got)
		}
		for i := range w {
			if err := differ(w[i], g[i], depth+1); err != nil {
				return err
			}
		}
		return nil
	case json.Number:
		return differNumber(w, got)
	}
	if !reflect.DeepEqual(want, got) {
		return fmt.Errorf("%v, want %v", got, want)
	}
	return nil
}

func differNumber(want json.Number, got any) error {
	if s, ok := got.(string); ok && s == string(want) {
		return nil
	}
	if f, ok := got.(float64); ok {
		if w, err := want.Float64(); err == nil && w == f {
			return nil
		}
	} else if fmt.Sprint(got) == string(want) {
		return nil
	}
	return fmt.Errorf("%v, want %s", got, want)
}

// TestDeep: what is nested deeper than decoders bear is a string, from which nothing is missing.
func TestDeep(t *testing.T) {
	line := strings.Repeat(`{"a":[`, 5000) + `1` + strings.Repeat(`]}`, 5000)
	packed, end := appendValue(nil, []byte(line), 0, 0)
	if end != len(line) {
		t.Fatalf("ends at %d", end)
	}
	v, depth := decode(t, packed), 0
	for ; ; depth++ {
		switch inner := v.(type) {
		case map[string]any:
			v = inner["a"]
		case []any:
			v = inner[0]
		case string:
			if depth != maxDepth || inner != line[6*maxDepth/2:len(line)-maxDepth] {
				t.Errorf("depth %d, %d bytes", depth, len(inner))
			}
			return
		}
	}
}

func FuzzTranscode(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5,"x",null,true,{}]}`, `{"\u00e9":-0,"b":1e308}`, `[[[[]]]]`, strings.Repeat("[", 40) + strings.Repeat("]", 40)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var v map[string]any
		if json.Unmarshal(line, &v) != nil || len(v) == 0 {
			return
		}
		start := strings.IndexByte(string(line), '{')
		packed, _ := appendValue(nil, line, start, 0)
		compare(t, decode(t, packed), line)
		if len(packed) > 9*len(line)/4+9 {
			t.Errorf("%d bytes of JSON became %d", len(line), len(packed))
		}
	})
}
