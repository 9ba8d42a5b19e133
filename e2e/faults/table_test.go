package faults

import (
	"fmt"
	"strings"
	"sync"
)

// verdict is a row's line in the table of results.
type verdict struct {
	row, hit                            string
	events, lost, doubled, deadLettered int
	others                              string // how many events each other output delivered while the fault lasted, at least
	recovery                            string
	passed                              bool
}

type table struct {
	mu   sync.Mutex
	rows []verdict
}

func (t *table) add(v verdict) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows = append(t.rows, v)
}

// print is Markdown: what docs/guarantees.md has.
func (t *table) print() {
	if len(t.rows) == 0 {
		return
	}
	fmt.Println("| fault | hits | events | lost | doubled | dead letters | others meanwhile | caught up after | |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	for _, v := range t.rows {
		ok := "pass"
		if !v.passed {
			ok = "FAIL"
		}
		fmt.Println("|", strings.Join([]string{v.row, v.hit, fmt.Sprint(v.events), fmt.Sprint(v.lost), fmt.Sprint(v.doubled),
			fmt.Sprint(v.deadLettered), v.others, v.recovery, ok}, " | "), "|")
	}
}
