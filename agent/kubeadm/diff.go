package kubeadm

import (
	"fmt"
	"strings"
)

// Diff is the change of the manifest as a unified diff; empty if there is none.
func (p *Plan) Diff() string {
	return unified(p.Manifest.Path, lines(p.Manifest.text), lines(p.Text))
}

func lines(text []byte) (all []string) {
	for line := range strings.Lines(string(text)) {
		all = append(all, line)
	}
	return all
}

// step is a line of a diff.
type step struct {
	sign byte // ' ', '-' or '+'
	line string
}

// compare is the shortest way from one text to another. Its memory is the product of their lines: manifests have some
// hundreds.
func compare(a, b []string) (steps []step) {
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if common[i][j] = max(common[i+1][j], common[i][j+1]); a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			steps = append(steps, step{' ', a[i]})
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || common[i+1][j] >= common[i][j+1]):
			steps, i = append(steps, step{'-', a[i]}), i+1
		default:
			steps, j = append(steps, step{'+', b[j]}), j+1
		}
	}
	return steps
}

// around is how many lines of context there are.
const around = 3

func unified(name string, a, b []string) string {
	steps := compare(a, b)
	var out strings.Builder
	oldLine, newLine := 1, 1
	for i := 0; i < len(steps); {
		from, to := hunk(steps, i)
		if from == to {
			break
		}
		if out.Len() == 0 {
			fmt.Fprintf(&out, "--- %s\n+++ %s\n", name, name)
		}
		skipped := from - i
		oldLine, newLine = oldLine+skipped, newLine+skipped
		oldCount, newCount := count(steps[from:to], '-'), count(steps[from:to], '+')
		fmt.Fprintf(&out, "@@ -%d,%d +%d,%d @@\n", oldLine, oldCount, newLine, newCount)
		for _, s := range steps[from:to] {
			out.WriteString(string(s.sign) + strings.TrimRight(s.line, "\r\n") + "\n")
		}
		oldLine, newLine, i = oldLine+oldCount, newLine+newCount, to
	}
	return out.String()
}

// hunk is the next changes with their context, from a step on: those with no more than twice the context between them.
func hunk(steps []step, from int) (begin, end int) {
	first, last := -1, -1
	for i := from; i < len(steps); i++ {
		if steps[i].sign == ' ' {
			continue
		}
		if first < 0 {
			first = i
		} else if i-last > 2*around {
			break
		}
		last = i
	}
	if first < 0 {
		return len(steps), len(steps)
	}
	return max(from, first-around), min(len(steps), last+around+1)
}

// count is how many lines of one side are in a hunk.
func count(steps []step, sign byte) (n int) {
	for _, s := range steps {
		if s.sign == ' ' || s.sign == sign {
			n++
		}
	}
	return n
}
