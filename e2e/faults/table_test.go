package faults

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// verdict is a row's line in the table of results.
type verdict struct {
	number                              int // of the row
	row, hit                            string
	events, lost, doubled, deadLettered int
	gaps                                int    // that the agent told
	others                              string // how many events each other output delivered while the fault lasted, at least
	recovery                            string
	outcome                             string
}

// String is a row of Markdown.
func (v verdict) String() string {
	return "| " + strings.Join([]string{v.row, v.hit, fmt.Sprint(v.events), fmt.Sprint(v.lost), fmt.Sprint(v.doubled),
		fmt.Sprint(v.deadLettered), fmt.Sprint(v.gaps), v.others, v.recovery, v.outcome}, " | ") + " |"
}

type table struct {
	sync.Mutex
	verdicts []verdict
}

// add enters a row when its test ends, however it does.
func (t *table) add(row *testing.T, v verdict) {
	switch {
	case row.Failed():
		v.outcome = "FAIL"
	case row.Skipped():
		v.outcome = "skipped"
	default:
		v.outcome = "pass"
	}
	row.Log(v)
	t.Lock()
	defer t.Unlock()
	t.verdicts = append(t.verdicts, v)
}

// print prints what docs/guarantees.md has.
func (t *table) print() {
	if len(t.verdicts) == 0 {
		return
	}
	slices.SortFunc(t.verdicts, func(a, b verdict) int { return cmp.Compare(a.number, b.number) })
	fmt.Println("| fault | hits | events | lost | doubled | dead letters | gaps | others | caught up | |")
	fmt.Println("|---|---|--:|--:|--:|--:|--:|--:|--:|---|")
	for _, v := range t.verdicts {
		fmt.Println(v)
	}
}
