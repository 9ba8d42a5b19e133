package rules

import (
	"maps"
	"slices"
	"strings"
)

// Nearest is the known word that was most likely meant by another one, empty if none is near.
func Nearest(word string, known []string) string {
	words := map[string]struct{}{}
	for _, w := range known {
		words[w] = struct{}{}
	}
	return nearest(word, words)
}

// nearest is the known word that was most likely meant by another one, empty if none is near.
func nearest[V any](word string, known map[string]V) string {
	if len(word) > 64 {
		return ""
	}
	best, least := "", 1+min(2, (len(word)+1)/3)
	for _, candidate := range slices.Sorted(maps.Keys(known)) {
		if d := distance(strings.ToLower(word), strings.ToLower(candidate)); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// distance is how many bytes must be added, removed or replaced to make b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
