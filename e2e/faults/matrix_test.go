package faults

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
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
//	go test -v -run 'TestFaults/NAME' ./faults/
func TestFaults(t *testing.T) {
	t.Logf("E2E_SEED=%d", seed)
	must(t, prepare(t.Context()))
	rows := slices.Concat(answerRows(), clusterRows(), kafkaRows(), agentRows(), elasticsearchRows(), lokiRows(),
		diskRows(), secretRows(), serverRows(), nameRows(), clockRows(), memoryRows())
	for i := range rows {
		rows[i].number = i
	}
	side := 2 // labs side by side
	if testing.Short() {
		rows, side = draw(rows), 1
	}
	must(t, openLabs(side))
	for _, r := range rows {
		t.Run(r.name, r.try)
	}
}

func draw(rows []row) []row {
	rows = slices.DeleteFunc(rows, func(r row) bool { return !r.quick })
	random := rand.New(rand.NewPCG(seed, 1))
	random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return rows[:min(drawn, len(rows))]
}
