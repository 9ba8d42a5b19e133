package faults

import (
	"fmt"
	"strings"
)

// verdict is a row's line in the table of results.
type verdict struct {
	row, hit                            string
	events, lost, doubled, deadLettered int
	others                              string // how many events each other output delivered while the fault lasted, at least
	recovery                            string
	passed                              bool
}

// String is a row of Markdown.
func (v verdict) String() string {
	ok := "pass"
	if !v.passed {
		ok = "FAIL"
	}
	return "| " + strings.Join([]string{v.row, v.hit, fmt.Sprint(v.events), fmt.Sprint(v.lost), fmt.Sprint(v.doubled),
		fmt.Sprint(v.deadLettered), v.others, v.recovery, ok}, " | ") + " |"
}

type table []verdict

// print prints what docs/guarantees.md has.
func (t table) print() {
	if len(t) == 0 {
		return
	}
	fmt.Println("| fault | hits | events | lost | doubled | dead letters | others meanwhile | caught up after | |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	for _, v := range t {
		fmt.Println(v)
	}
}
