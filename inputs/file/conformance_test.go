package file

import (
	"bytes"
	"testing"

	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/inputs/inputtest"
)

func TestConformance(t *testing.T) {
	inputtest.Run(t, inputtest.Harness{New: func(t *testing.T, records [][]byte) (inputs.Input, func([][]byte)) {
		h := newHome(t)
		add := func(records [][]byte) {
			h.write("audit.log", string(bytes.Join(records, []byte("\n")))+"\n")
		}
		if len(records) > 0 {
			add(records)
		}
		return h.in, add
	}})
}
