package completeness

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"
	"testing"
)

// real is an excerpt of what a kube-apiserver v1.36.3 answered.
func real(t testing.TB) string {
	t.Helper()
	content, err := os.ReadFile("testdata/metrics.txt")
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

const minimal = eventMetric + " 3\n" + startMetric + " 1.5e9\n"

func TestParse(t *testing.T) {
	for name, test := range map[string]struct {
		text   string
		events uint64
		errors map[string]uint64
	}{
		"real":             {real(t), 415, nil},
		"real with errors": {real(t) + "# TYPE apiserver_audit_error_total counter\n" + errorMetric + `{plugin="log"} 2` + "\n" + errorMetric + `{plugin="buffered"} 7` + "\n", 415, map[string]uint64{"log": 2, "buffered": 7}},
		"minimal":          {minimal, 3, nil},
		"scientific":       {strings.Replace(minimal, " 3", " 1.234567e+06", 1), 1234567, nil},
		"unknown plugins":  {minimal + errorMetric + `{plugin="a\nb"} 1` + "\n" + errorMetric + `{plugin="c"} 2` + "\n", 3, map[string]uint64{"other": 3}},
		"a long foreign":   {strings.Repeat("x", 1<<20) + "\n" + minimal + strings.Repeat("y ", 1<<20) + eventMetric + " 9\n", 3, nil},
		"similar names":    {eventMetric + "s 4\n" + eventMetric + "_created 5\n# HELP " + eventMetric + " x\n" + minimal, 3, nil},
	} {
		c, err := parse(strings.NewReader(test.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.events != test.events || !maps.Equal(c.errors, test.errors) || c.started < 1.5e9 {
			t.Errorf("%s: got %+v", name, c)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want error
	}{
		"empty":           {"", errMissing},
		"a page":          {"<html><body>" + eventMetric + " 3</body></html>", errMissing},
		"no events":       {startMetric + " 1\n", errMissing},
		"no start":        {eventMetric + " 1\n", errMissing},
		"two":             {minimal + eventMetric + `{a="b"} 3` + "\n", errMissing},
		"negative":        {strings.Replace(minimal, " 3", " -3", 1), errNonsense},
		"NaN":             {strings.Replace(minimal, " 3", " NaN", 1), errNonsense},
		"too many":        {strings.Replace(minimal, " 3", " 1e17", 1), errNonsense},
		"start NaN":       {strings.Replace(minimal, " 1.5e9", " NaN", 1), errNonsense},
		"no number":       {strings.Replace(minimal, " 3", " three", 1), errNonsense},
		"a long line":     {minimal + errorMetric + `{plugin="` + strings.Repeat("x", 1<<20) + `"} 1` + "\n", errTooLarge},
		"many lines":      {minimal + strings.Repeat(errorMetric+`{plugin="x"} 1`+"\n", 1<<16), errTooLarge},
		"cut in a number": {minimal[:len(minimal)-2], errNonsense},
		"no last newline": {minimal + errorMetric + `{plugin="log"} 1`, errNonsense},
	} {
		if c, err := parse(strings.NewReader(test.text)); !errors.Is(err, test.want) {
			t.Errorf("%s: got %+v, %v; want %v", name, c, err, test.want)
		}
	}
}

// endless is an answer that does not end.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.read += int64(len(p))
	return len(p), nil
}

func TestParseEnds(t *testing.T) {
	body := &endless{}
	if _, err := parse(body); !errors.Is(err, errTooLarge) || body.read > maxAnswer+1<<20 {
		t.Errorf("read %d bytes: %v", body.read, err)
	}
	if _, err := parse(io.MultiReader(strings.NewReader(minimal), broken{})); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a torn answer: %v", err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func FuzzParse(f *testing.F) {
	f.Add(real(f))
	f.Add(minimal)
	f.Add(minimal + errorMetric + `{plugin="log",x="y"} 1 1395066363000` + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parse(strings.NewReader(text))
		if err == nil && (c.events > 1<<53 || len(c.errors) > 5) {
			t.Errorf("got %+v", c)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	body := strings.Repeat(real(b), 200) // some MB, as of a real one; the excerpt's own metrics come once
	body = strings.ReplaceAll(strings.ReplaceAll(body, eventMetric, "e"), startMetric, "s") + minimal
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parse(strings.NewReader(body)); err != nil {
			b.Fatal(fmt.Errorf("parse: %w", err))
		}
	}
}
