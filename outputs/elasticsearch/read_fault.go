//go:build fault_bulk_errors

package elasticsearch

import "io"

// read is a planted fault, which the tests have to find: what is in an answer with the status 200 counts as stored, the
// items that were refused included.
func (w *write) read(answer io.Reader, these []int) error {
	return readItems(answer, len(these), func(i int, _ *answerItem) { w.fates[these[i]].verdict = accepted })
}
