package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// fields is fieldsOf, worked out once: a file may hold a hundred thousand entries.
func (d *document) fields(t reflect.Type) map[string][]int {
	known := d.known[t]
	if known == nil {
		known = fieldsOf(t)
		d.known[t] = known
	}
	return known
}

// fieldsOf are the fields of a struct by their keys in YAML.
func fieldsOf(t reflect.Type) map[string][]int {
	fields := map[string][]int{}
	for _, field := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if name != "" && name != "-" && field.IsExported() && options != "inline" {
			fields[name] = field.Index
		}
	}
	return fields
}

// unknown is the fault of a key that its struct does not have.
func (d *document) unknown(key *yaml.Node, path string, t reflect.Type) {
	at := join(path, show(key.Value))
	if d.full() {
		d.fail(key, at, "") // is counted, and no advice is needed
		return
	}
	known := slices.Sorted(maps.Keys(d.fields(t)))
	if meant := nearest(key.Value, known); meant != "" {
		d.broken[join(path, meant)] = true // that it is missing is no news
		d.fail(key, at, fmt.Sprintf("unknown key; did you mean %q?", meant))
		return
	}
	if below := holder(t, key.Value); below != "" {
		d.fail(key, at, fmt.Sprintf("unknown key here; it belongs under %q", below))
		return
	}
	d.fail(key, at, "unknown key; known here: "+strings.Join(known, ", "))
}

// holder is the field of t one level below which the key would be right; empty where there is none or more than one.
func holder(t reflect.Type, key string) string {
	var holders []string
	for name, index := range fieldsOf(t) {
		below := t.FieldByIndex(index).Type
		if below.Kind() == reflect.Pointer {
			below = below.Elem()
		}
		if below.Kind() == reflect.Struct && fieldsOf(below)[key] != nil {
			holders = append(holders, name)
		}
	}
	if len(holders) != 1 {
		return ""
	}
	return holders[0]
}

// nearest is the known key that was most likely meant, empty if none is near.
func nearest(key string, known []string) string {
	if len(key) > 64 {
		return ""
	}
	best, least := "", 1+min(2, (len(key)+1)/3)
	for _, candidate := range known {
		if d := distance(plain(key), plain(candidate)); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// plain makes maxBytes, max-bytes and max_bytes the same.
func plain(key string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(key))
}

// distance is how many bytes must be added, removed, replaced or swapped with their neighbour to make b of a (optimal string
// alignment).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// show makes a word of the file fit for a path or a sentence: quoted where it is no plain word, and never long.
func show(word string) string {
	const most = 64
	if len(word) > most {
		word = strings.ToValidUTF8(word[:most], "") + "…"
	}
	for _, r := range word {
		if !strings.ContainsRune("_-/!${}:…", r) && (r < '0' || r > '9' && r < 'A' || r > 'Z' && r < 'a' || r > 'z') {
			return strconv.Quote(word)
		}
	}
	if word == "" {
		return `""`
	}
	return word
}
