package redact

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// parsePath reads ROOT.key.*.**[0][*]['a key with. in it'].
func parsePath(path string) (r pathRule, err error) {
	i := slices.IndexFunc(roots, func(known *root) bool {
		rest, ok := strings.CutPrefix(path, known.name)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
	if i < 0 {
		return r, fmt.Errorf("%q does not begin with one of requestObject, responseObject, annotations, user.extra, impersonatedUser.extra", path)
	}
	r.root = roots[i]
	for rest := path[len(r.name):]; rest != ""; {
		var s segment
		if s, rest, err = parseSegment(rest); err != nil {
			return r, fmt.Errorf("%q %w", path, err)
		}
		r.segments = append(r.segments, s)
	}
	if len(r.segments) > mostSegments {
		return r, fmt.Errorf("has more than %d parts; use **", mostSegments)
	}
	if r.typed && len(r.segments) == 0 {
		return r, fmt.Errorf("%q needs to say which: add .* for all", path)
	}
	return r, nil
}

func parseSegment(rest string) (s segment, after string, err error) {
	if rest[0] == '[' {
		return parseBracket(rest)
	}
	key := rest[1:]
	if end := strings.IndexAny(key, ".["); end >= 0 {
		key, after = key[:end], key[end:]
	}
	switch key {
	case "":
		return s, "", errors.New("has a dot without a key behind it")
	case "*":
		return segment{kind: anySegment}, after, nil
	case "**":
		return segment{kind: deepSegment}, after, nil
	}
	if strings.ContainsAny(key, "*'\"]") {
		return s, "", fmt.Errorf("has %q in it; write ['KEY'] for keys that are no plain words, and * or ** alone between dots", key)
	}
	return segment{key: []byte(key)}, after, nil
}

// parseBracket reads [3], [*] or ['key'].
func parseBracket(rest string) (s segment, after string, err error) {
	for _, quote := range []string{"'", `"`} {
		if key, ok := strings.CutPrefix(rest[1:], quote); ok {
			key, after, ok = strings.Cut(key, quote+"]")
			if !ok {
				return s, "", fmt.Errorf("has a [%s without its %s]", quote, quote)
			}
			return segment{key: []byte(key)}, behind(after), nil
		}
	}
	inner, after, ok := strings.Cut(rest[1:], "]")
	if !ok {
		return s, "", errors.New("has a [ without its ]")
	}
	if inner == "*" {
		return segment{kind: anyIndexSegment}, behind(after), nil
	}
	index, err := strconv.ParseUint(inner, 10, 31)
	if err != nil {
		return s, "", fmt.Errorf("has [%s]; write a number, [*], or ['KEY']", inner)
	}
	return segment{kind: indexSegment, index: int(index)}, behind(after), nil
}

// behind makes what follows a bracket begin with a dot or a bracket.
func behind(after string) string {
	if after != "" && after[0] != '.' && after[0] != '[' {
		return "." + after
	}
	return after
}
