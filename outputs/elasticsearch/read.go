//go:build !fault_bulk_errors

package elasticsearch

import "io"

// read gives each of the events its verdict; none, if the answer as a whole is not to be believed.
func (w *write) read(answer io.Reader, these []int) error {
	err := readItems(answer, len(these), func(i int, item *answerItem) {
		f := &w.fates[these[i]]
		f.verdict, f.fault = item.judge()
	})
	if err != nil {
		for _, i := range these {
			w.fates[i].verdict, w.fates[i].fault = waiting, nil
		}
	}
	return err
}
