package verify

// Where outputs that have a place of their own for the event ID keep it.
const (
	kafkaID = "event_id" // header
	lokiID  = "event_id" // structured metadata
)
