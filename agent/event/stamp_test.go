package event

import "testing"

func TestStamp(t *testing.T) {
	for times, want := range map[string]string{
		`,"stageTimestamp":"2026-11-22T10:00:00.123456Z"`:                                            "2026-11-22T10:00:00.123456Z",
		`,"stageTimestamp":"2026-11-22T10:00:00Z"`:                                                   "2026-11-22T10:00:00Z",
		`,"stageTimestamp":"2026-11-22T10:00:00.123456789Z"`:                                         "2026-11-22T10:00:00.123456789Z",
		`,"stageTimestamp":"2026-11-22T10:00:00.1234567891Z"`:                                        "2026-11-22T10:00:00.123456789Z",
		`,"stageTimestamp":"2026-11-22T10:00:00,5Z"`:                                                 "2026-11-22T10:00:00.5Z",
		`,"stageTimestamp":"2026-11-22T12:00:00.5+02:00"`:                                            "2026-11-22T10:00:00.5Z",
		`,"stageTimestamp":"2026-11-22T10:00:0\u0030Z"`:                                              "2026-11-22T10:00:00Z",
		`,"stageTimestamp":"yesterday","requestReceivedTimestamp":"2026-11-22T10:00:00.000001Z"`:     "2026-11-22T10:00:00.000001Z",
		`,"stageTimestamp":"9999-12-31T00:00:00Z","requestReceivedTimestamp":"2026-11-22T10:00:00Z"`: "2026-11-22T10:00:00Z",
		`,"stageTimestamp":"0001-01-01T00:00:00Z"`:                                                   "1970-01-01T00:00:00Z",
		`,"stageTimestamp":null`:                                                                     "1970-01-01T00:00:00Z",
		`,"stageTimestamp":""`:                                                                       "1970-01-01T00:00:00Z",
	} {
		e := decode(t, `{"auditID":"a","stage":"Panic"`+times+`}`)
		moment, field := e.Stamp()
		if got := string(e.AppendStamp(nil, moment, field)); got != `"`+want+`"` {
			t.Errorf("%s gave %s, want %s", times, got, want)
		}
		if got, ok := e.AppendTime(nil, StageTimestamp); ok != (field == StageTimestamp) || ok && string(got) != `"`+want+`"` {
			t.Errorf("%s alone gave %s, %v", times, got, ok)
		}
	}
}
