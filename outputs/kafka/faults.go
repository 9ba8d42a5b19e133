package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"

	"github.com/auditship/auditship/outputs"
)

// verdict is what an error code says of a batch.
type verdict int

const (
	unclear   verdict = iota // it may be stored
	stored                   // now or before
	untouched                // not stored, and would be if it were not for something else
	tooLarge                 // not stored, and never will be as it is …
	invalid
	badTime
	forgotten // not accepted from this producer with this sequence
)

func verdictOf(code kafka.Error) verdict {
	switch code {
	case 0, kafka.DuplicateSequenceNumber:
		return stored
	case kafka.MessageSizeTooLarge, kafka.RecordListTooLarge:
		return tooLarge
	case kafka.InvalidRecord:
		return invalid
	case kafka.InvalidTimestamp:
		return badTime
	case kafka.OutOfOrderSequenceNumber, kafka.UnknownProducerId, kafka.InvalidProducerEpoch, kafka.InvalidProducerIDMapping:
		return forgotten
	case kafka.NotEnoughReplicas, kafka.LeaderNotAvailable, kafka.TopicAuthorizationFailed, kafka.ClusterAuthorizationFailed,
		kafka.UnsupportedCompressionType, kafka.UnsupportedForMessageFormat, kafka.PolicyViolation, kafka.InvalidMessage:
		return untouched
	}
	return unclear
}

// trouble is how an error code is told. What only a human can mend has advice.
type trouble struct{ reason, advice string }

func troubleOf(code kafka.Error) trouble {
	switch code {
	case kafka.UnknownTopicOrPartition, kafka.UnknownTopicID, kafka.InvalidTopic:
		return trouble{"topic_missing", ""}
	case kafka.TopicAuthorizationFailed:
		return trouble{"not_authorized", "grant the user Write and Describe on the topic"}
	case kafka.ClusterAuthorizationFailed:
		return trouble{"not_authorized", "grant the user IdempotentWrite on the cluster, or Write on the topic"}
	case kafka.SASLAuthenticationFailed:
		return trouble{"login_refused", "check sasl.username and the password"}
	case kafka.UnsupportedSASLMechanism, kafka.IllegalSASLState:
		return trouble{"login_refused", "check sasl.mechanism and that the port is one for SASL"}
	case kafka.UnsupportedCompressionType:
		return trouble{"unsupported", "set another compression: brokers before 2.1 do not know zstd"}
	case kafka.UnsupportedForMessageFormat, kafka.UnsupportedVersion:
		return trouble{"unsupported", "use brokers from 0.11 on and no message.format.version before that"}
	case kafka.PolicyViolation:
		return trouble{"not_authorized", "a policy of the brokers forbids this"}
	case kafka.InvalidRecord:
		return trouble{"invalid_record", "the topic takes no record without a key: remove compact from its cleanup.policy"}
	case kafka.InvalidTimestamp:
		return trouble{"invalid_timestamp", "compare the clock of this node with the brokers'"}
	case kafka.NotEnoughReplicas, kafka.NotEnoughReplicasAfterAppend:
		return trouble{"not_enough_replicas", ""}
	case kafka.RequestTimedOut:
		return trouble{"timed_out", ""}
	case kafka.LeaderNotAvailable, kafka.NotLeaderForPartition, kafka.FencedLeaderEpoch, kafka.UnknownLeaderEpoch, kafka.ReplicaNotAvailable:
		return trouble{"no_leader", ""}
	}
	return trouble{"broker_error", ""}
}

func faultOfCode(partition int32, code kafka.Error) *outputs.Fault {
	f := codeFault(code)
	f.Detail = fmt.Sprintf("partition %d: %s", partition, f.Detail)
	return f
}

func codeFault(code kafka.Error) *outputs.Fault {
	t := troubleOf(code)
	f := &outputs.Fault{Reason: t.reason, Detail: fmt.Sprintf("error %d, %s", int(code), code.Title())}
	if t.advice != "" {
		f.Blocked, f.Err = true, errors.New(t.advice)
	}
	return f
}

// faultOf tells errors of round trips apart. Texts of brokers, which kafka-go puts behind their codes, are left out.
func faultOf(err error) *outputs.Fault {
	var (
		fault *outputs.Fault
		code  kafka.Error
		op    net.Error
	)
	switch {
	case errors.As(err, &fault):
		return fault
	case errors.As(err, &code):
		return codeFault(code)
	case isTLS(err):
		return &outputs.Fault{Reason: "tls", Blocked: true, Err: fmt.Errorf("check the tls block and the certificates on both sides: %w", err)}
	case errors.Is(err, protocol.ErrNoLeader), errors.Is(err, protocol.ErrNoTopic), errors.Is(err, protocol.ErrNoPartition):
		return &outputs.Fault{Reason: "no_leader", Err: err}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &op) && op.Timeout():
		return &outputs.Fault{Reason: "timed_out", Err: err}
	}
	return &outputs.Fault{Reason: "unreachable", Err: err}
}

// isTLS tells whether one side refused the other's certificate, or does not speak TLS at all.
func isTLS(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		alert        tls.AlertError
		header       tls.RecordHeaderError
		authority    x509.UnknownAuthorityError
	)
	return errors.As(err, &verification) || errors.As(err, &alert) || errors.As(err, &header) || errors.As(err, &authority) ||
		strings.Contains(err.Error(), "remote error: tls: ")
}
