package verify

// Where outputs that have a place of their own for the event ID keep it.
const (
	kafkaID = "auditship-id" // header
	lokiID  = "id"           // structured metadata

	unnamed = "-" // Delivery.ID where there should be one
)
