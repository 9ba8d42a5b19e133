package faults

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// seed makes the log, and in a short run draws the rows; E2E_SEED repeats one.
var seed = func() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("E2E_SEED"), 10, 64); err == nil {
		return n
	}
	return uint64(time.Now().UnixNano())
}()

const drawn = 5 // rows of a short run

// TestFaults tries every row: a fault begins while a log grows and rotates, lasts, and ends; then every event must be at
// every output once, and outputs that the fault does not hit must have gone on delivering. One row alone:
//
//	make e2e-faults FAULT='Kafka: leader killed'
func TestFaults(t *testing.T) {
	t.Logf("E2E_SEED=%d", seed)
	must(t, prepare(t.Context()))
	rows := chosen(os.Getenv("E2E_FAULT"))
	if len(rows) == 0 {
		t.Fatal("no fault is called that")
	}
	labs := 2
	if n, err := strconv.Atoi(os.Getenv("E2E_LABS")); err == nil {
		labs = n
	}
	if testing.Short() {
		rows, labs = draw(rows), 1
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(b.lasts, a.lasts) }) // so that all labs end at about one time
	var work sync.WaitGroup
	clustered, anywhere := divide(rows)
	for i, l := range openLabs(t, labs) {
		work.Go(func() {
			if i == 0 {
				l.work(t, clustered)
			}
			l.work(t, anywhere)
			if err := l.close(); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
}

func openLabs(t *testing.T, n int) (labs []*lab) {
	for i := range n {
		l, err := openLab(fmt.Sprintf("lab-%d", i+1))
		must(t, err)
		labs = append(labs, l)
	}
	return labs
}

// divide puts the rows that need several brokers in a queue of their own: one lab is to start them.
func divide(rows []row) (clustered, anywhere <-chan row) {
	needed := func(r row) bool { return len(r.brokers) > 1 }
	return enqueue(slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return !needed(r) })),
		enqueue(slices.DeleteFunc(slices.Clone(rows), needed))
}

func enqueue(rows []row) <-chan row {
	queue := make(chan row, len(rows))
	for _, r := range rows {
		queue <- r
	}
	close(queue)
	return queue
}

// work tries rows in the lab until there are none left.
func (l *lab) work(t *testing.T, rows <-chan row) {
	for r := range rows {
		t.Run(r.name, func(t *testing.T) { r.try(t, l) })
	}
}

// chosen are the rows whose name contains a text, in the order of the table.
func chosen(text string) []row {
	rows := slices.Concat(answerRows(), serverRows(), nameRows(), elasticsearchRows(), lokiRows(), clusterRows(), kafkaRows(),
		secretRows(), agentRows(), memoryRows(), clockRows(), diskRows())
	for i := range rows {
		rows[i].number = i
	}
	return slices.DeleteFunc(rows, func(r row) bool { return !strings.Contains(r.name, text) })
}

func draw(rows []row) []row {
	rows = slices.DeleteFunc(rows, func(r row) bool { return !r.quick })
	random := rand.New(rand.NewPCG(seed, 1))
	random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return rows[:min(drawn, len(rows))]
}
