package sink

import (
	"bytes"
	"fmt"
	"strings"
)

// filter is what of an answer a client wants to see: the filter_path of its request, with items.*.FIELD and
// items.OP.FIELD. Nil is everything.
type filter []string

func parseFilter(path string) filter {
	if path == "" {
		return nil
	}
	return strings.Split(path, ",")
}

// top tells whether a field at the top is shown.
func (f filter) top(name string) bool {
	for _, path := range f {
		if path == name || strings.HasPrefix(path, name+".") {
			return true
		}
	}
	return f == nil
}

// of tells whether a field of an item is shown, or a part of it.
func (f filter) of(op, field string) bool {
	for _, path := range f {
		rest, found := strings.CutPrefix(path, "items.*.")
		if !found {
			rest, found = strings.CutPrefix(path, "items."+op+".")
		}
		if found && (rest == field || strings.HasPrefix(rest, field+".")) {
			return true
		}
	}
	return f == nil
}

// item is the answer to one action; refused: its ID is there already.
type item struct {
	op, index, id string
	refused       bool
}

const conflict = `"error":{"type":"version_conflict_engine_exception","reason":"document already exists"},`

// append appends the item and a comma.
func (i item) append(to []byte, show filter) []byte {
	to = fmt.Appendf(to, `{%q:{`, i.op)
	if show.of(i.op, "_index") {
		to = fmt.Appendf(to, `"_index":%q,`, i.index)
	}
	if show.of(i.op, "_id") {
		to = fmt.Appendf(to, `"_id":%q,`, i.id)
	}
	status := 201
	if !i.refused && show == nil {
		to = append(to, `"_version":1,"result":"created","_shards":{"total":1,"successful":1,"failed":0},"_seq_no":1,"_primary_term":1,`...)
	}
	if i.refused {
		if status = 409; show.of(i.op, "error") {
			to = append(to, conflict...)
		}
	}
	if show.of(i.op, "status") {
		to = fmt.Appendf(to, `"status":%d,`, status)
	}
	return append(bytes.TrimSuffix(to, []byte{','}), `}},`...)
}

// appendAnswer appends the whole answer; items end in a comma.
func appendAnswer(to []byte, failed bool, items []byte, show filter) []byte {
	to = append(to, '{')
	if show.top("errors") {
		to = fmt.Appendf(to, `"errors":%t,`, failed)
	}
	if show.top("took") {
		to = append(to, `"took":1,`...)
	}
	if show.top("items") {
		to = append(append(append(to, `"items":[`...), bytes.TrimSuffix(items, []byte{','})...), `],`...)
	}
	return append(bytes.TrimSuffix(to, []byte{','}), '}')
}
