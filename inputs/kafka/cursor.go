package kafka

import (
	"encoding/json"
	"strconv"
)

// place is a partition, between two times at which Kafka cut it off: offsets of before and after are not of the same messages.
type place struct {
	topic     string
	partition int
	cuts      int // in this generation
}

// cursor is a position: offsets of the next messages.
type cursor struct {
	of *generation // that the messages before them were read in
	at map[place]int64
}

// MarshalJSON is for people who look: nobody begins there.
func (c *cursor) MarshalJSON() ([]byte, error) {
	offsets := make(map[string]int64, len(c.at))
	for p, offset := range c.at {
		offsets[p.topic+"/"+strconv.Itoa(p.partition)] = offset
	}
	return json.Marshal(map[string]any{"offsets": offsets})
}
