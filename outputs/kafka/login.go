package kafka

import (
	"context"
	"sync"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"

	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/credentials"
)

// login is a SASL mechanism that reads the password for every connection, so that a new one needs no restart. It is used
// by several goroutines.
type login struct {
	mechanism string
	username  string
	mu        sync.Mutex
	password  *credentials.Secret
}

// NewLogin makes what logs in as the configuration says.
func NewLogin(cfg *SASL) sasl.Mechanism {
	return &login{mechanism: cfg.Mechanism, username: cfg.Username, password: credentials.NewSecret(cfg.Password, cfg.PasswordFile)}
}

// Name is what the broker knows the mechanism as.
func (l *login) Name() string { return l.mechanism }

// Start begins to log in.
func (l *login) Start(ctx context.Context) (sasl.StateMachine, []byte, error) {
	l.mu.Lock()
	password, err := l.password.Value()
	l.mu.Unlock()
	if err != nil {
		return nil, nil, &outputs.Fault{Reason: "credentials", Blocked: true, Err: err}
	}
	var mechanism sasl.Mechanism = plain.Mechanism{Username: l.username, Password: password}
	switch l.mechanism {
	case scram.SHA256.Name():
		mechanism, err = scram.Mechanism(scram.SHA256, l.username, password)
	case scram.SHA512.Name():
		mechanism, err = scram.Mechanism(scram.SHA512, l.username, password)
	}
	if err != nil {
		return nil, nil, &outputs.Fault{Reason: "credentials", Blocked: true, Err: err}
	}
	return mechanism.Start(ctx)
}
