package kafka

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// The values are those of org.apache.kafka.common.utils.UtilsTest.testMurmur2.
func TestMurmur2(t *testing.T) {
	for text, want := range map[string]int32{
		"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536, "a-little-bit-longer-string": -1486304829,
		"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971, "abc": 479470107,
	} {
		if got := int32(murmur2([]byte(text))); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func TestPartitionIsThatOfOtherClients(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	numbers := make([]int, 17)
	for i := range numbers {
		numbers[i] = i
	}
	for range 1000 {
		key := make([]byte, 1+random.IntN(40))
		for i := range key {
			key[i] = byte(random.Uint32())
		}
		want := kafka.Murmur2Balancer{}.Balance(kafka.Message{Key: key}, numbers...)
		if got := partitionOf(key, event.ID{}, len(numbers)); got != want {
			t.Fatalf("%x: partition %d, want %d", key, got, want)
		}
	}
}

func TestWithoutKeyPartitionsFollowTheID(t *testing.T) {
	events, seen := fixture(t), make(map[int]int)
	for i := range events {
		p := partitionOf(nil, events[i].ID, 4)
		if p != partitionOf(nil, events[i].ID, 4) {
			t.Fatal("not the same partition again")
		}
		seen[p]++
	}
	if len(seen) != 4 {
		t.Errorf("%d events in partitions %v", len(events), seen)
	}
}

func TestKeys(t *testing.T) {
	e := decode(t, []byte(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a-1","stage":"ResponseComplete","requestURI":"/",`+
		`"verb":"get","user":{"username":"Zo\u00eb"},"objectRef":{"resource":"pods","namespace":"team-a"},`+
		`"requestReceivedTimestamp":"2026-11-22T11:50:28.000000Z","stageTimestamp":"2026-11-22T11:50:28.000000Z"}`))
	for key, want := range map[string]string{"": "cp-1", "node": "cp-1", "cluster": "prod", "user": "Zoë", "namespace": "team-a", "audit_id": "a-1", "none": ""} {
		o := &Output{cfg: Config{Key: key}, env: outputs.Env{Node: "cp-1", Cluster: "prod"}}
		if got := o.appendKey([]byte("x"), &e); string(got) != "x"+want {
			t.Errorf("key %q: %q, want %q", key, got[1:], want)
		}
	}
	o := &Output{env: outputs.Env{Node: strings.Repeat("n", 2*maxKey)}}
	if got := o.appendKey(nil, &e); len(got) != maxKey {
		t.Errorf("key of %d bytes", len(got))
	}
}
