package elasticsearch

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// answerFields leave out of an answer what nobody reads: 30 bytes an event stay of 200.
var answerFields = []string{"errors", "items.create.status", "items.create.failure_store", "items.create.error.type"}

// answerLimit is how long the answer for n events may be; a longer one counts as truncated. Ten times what a server sends
// that knows filter_path, and enough for one that does not.
func answerLimit(n int) int64 { return 64<<10 + int64(n)<<10 }

// readItems calls use for each item of the answer of the bulk API. Whatever is not complete, and not for exactly n
// events, is an error: then nothing of it may be believed, what use was told included.
func readItems(answer io.Reader, n int, use func(i int, item *answerItem)) error {
	i, rest := readCreated(bufio.NewReader(io.LimitReader(answer, answerLimit(n))), n, use)
	decoder := json.NewDecoder(rest)
	if err := enter(decoder); err != nil {
		return err
	}
	var item answerItem
	for ; decoder.More(); i++ {
		item = answerItem{}
		if err := decoder.Decode(&item); err != nil {
			return plain(err)
		}
		if i >= n || item.Create.Status < 100 {
			return fmt.Errorf("item %d of %d is not as expected", i, n)
		}
		use(i, &item)
	}
	if i != n {
		return fmt.Errorf("the answer has %d items for %d events", i, n)
	}
	return leave(decoder)
}

// How an answer begins where no event was refused, and what it says then of each, answerFields being all that is in it.
const (
	noErrors = `{"errors":false,"items":[`
	created  = `{"create":{"status":201}}`
)

// readCreated takes the items at the beginning that are the usual ones, without decoding each of them. The rest is the same
// answer without these; at least one item is left in it.
func readCreated(answer *bufio.Reader, n int, use func(i int, item *answerItem)) (i int, rest io.Reader) {
	if begin, _ := answer.Peek(len(noErrors)); string(begin) != noErrors {
		return 0, answer
	}
	answer.Discard(len(noErrors))
	var item answerItem
	for ; i < n; i++ {
		const more = created + ",{"
		if next, _ := answer.Peek(len(more)); string(next) != more {
			break
		}
		answer.Discard(len(created + ","))
		item.Create.Status = 201
		use(i, &item)
	}
	return i, io.MultiReader(strings.NewReader(noErrors), answer)
}

// enter reads on to the first item.
func enter(decoder *json.Decoder) error {
	if err := expect(decoder, json.Delim('{')); err != nil {
		return err
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return plain(err)
		}
		if key == "items" {
			return expect(decoder, json.Delim('['))
		}
		var skipped json.RawMessage
		if err := decoder.Decode(&skipped); err != nil {
			return plain(err)
		}
	}
	return errors.New("the answer has no items")
}

// leave reads from behind the last item to the end.
func leave(decoder *json.Decoder) error {
	if err := expect(decoder, json.Delim(']')); err != nil {
		return err
	}
	for decoder.More() {
		var skipped json.RawMessage
		if _, err := decoder.Token(); err != nil {
			return plain(err)
		}
		if err := decoder.Decode(&skipped); err != nil {
			return plain(err)
		}
	}
	return expect(decoder, json.Delim('}'))
}

func expect(decoder *json.Decoder, want json.Delim) error {
	token, err := decoder.Token()
	if err != nil {
		return plain(err)
	}
	if token != want {
		return errors.New("the answer has another shape")
	}
	return nil
}

// plain leaves out what the errors of encoding/json quote.
func plain(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the answer is cut off")
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("the answer is no JSON at byte %d", syntax.Offset)
	}
	var broken interface{ Timeout() bool }
	if errors.As(err, &broken) {
		return err
	}
	return errors.New("the answer has another shape")
}
