package inputs

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		if !Pause(ctx, time.Second) || time.Since(start) != time.Second {
			t.Errorf("a pause of a second took %s", time.Since(start))
		}
		if Pause(ctx, time.Hour) || time.Since(start) != time.Minute {
			t.Errorf("a pause went on behind the end of its context: %s", time.Since(start))
		}
		if Pause(Ended, time.Hour) {
			t.Error("a pause in a context that has ended went on")
		}
	})
}
