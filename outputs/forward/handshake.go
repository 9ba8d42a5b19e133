package forward

import (
	"crypto/rand"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/tinylib/msgp/msgp"

	"github.com/auditship/auditship/outputs"
)

// shakeHands is the handshake phase of the protocol: HELO from the receiver, our PING, its PONG. Without a key there is none. Neither
// side shows the key: each sends a digest of it with a salt and the nonce of the other.
func (o *Output) shakeHands(l *link) *outputs.Fault {
	key, err := o.key.Value()
	password, err2 := o.password.Value()
	if err := errors.Join(err, err2); err != nil {
		return &outputs.Fault{Reason: "credentials", Blocked: true, Err: fmt.Errorf("read credentials: %w", err)}
	}
	if key == "" && o.cfg.SharedKeyFile == "" {
		return nil
	}
	if key == "" { // it is being written, say: whoever answers would know it
		return &outputs.Fault{Reason: "credentials", Blocked: true, Err: errors.New("read credentials: the file with the shared key is empty")}
	}
	helo, fault := l.answers.next()
	if fault != nil {
		if fault.Reason == noAnswer {
			fault.Blocked, fault.Detail = true, "the receiver asks for no shared key, or takes too long"
		}
		return fault
	}
	nonce, auth, keepalive, ok := readHelo(helo)
	if !ok {
		return &outputs.Fault{Reason: unexpected, Detail: "in place of HELO", Blocked: true}
	}
	l.once = !keepalive
	salt := rand.Text()
	if _, err := l.conn.Write(o.ping(key, password, nonce, auth, salt)); err != nil {
		return connFault(err)
	}
	pong, fault := l.answers.next()
	if fault != nil {
		return fault
	}
	return o.judge(pong, key, nonce, salt)
}

// self is the name by which we are known. A receiver on the same node has the name of that, and must have another than we:
// one with the same could send our own proof back to us.
func (o *Output) self() string { return "auditship." + o.env.Node }

// readHelo reads ["HELO", {nonce, auth, keepalive}]. With auth the receiver wants to know a user.
func readHelo(answer any) (nonce, auth string, keepalive, ok bool) {
	parts, _ := answer.([]any)
	if len(parts) != 2 || text(parts[0]) != "HELO" {
		return "", "", false, false
	}
	options, ok := parts[1].(map[string]any)
	keepalive, given := options["keepalive"].(bool)
	return text(options["nonce"]), text(options["auth"]), keepalive || !given, ok
}

func (o *Output) ping(key, password, nonce, auth, salt string) []byte {
	message := msgp.AppendArrayHeader(nil, 6)
	user, proof := "", ""
	if auth != "" {
		user, proof = o.cfg.Username, digest(auth, o.cfg.Username, password)
	}
	for _, part := range [...]string{"PING", o.self(), salt, digest(salt, o.self(), nonce, key), user, proof} {
		message = msgp.AppendString(message, part)
	}
	return message
}

// judge reads ["PONG", accepted, reason, name, proof]. The reason is the receiver's and is not repeated.
func (o *Output) judge(answer any, key, nonce, salt string) *outputs.Fault {
	parts, _ := answer.([]any)
	if len(parts) != 5 || text(parts[0]) != "PONG" {
		return &outputs.Fault{Reason: unexpected, Detail: "in place of PONG", Blocked: true}
	}
	name := text(parts[3])
	accepted, _ := parts[1].(bool)
	switch {
	case !accepted:
		return &outputs.Fault{Reason: unauthorized, Detail: "the receiver refuses the shared key or the user", Blocked: true}
	case name == o.self():
		return &outputs.Fault{Reason: unauthorized, Detail: "the receiver has our own name", Blocked: true}
	case subtle.ConstantTimeCompare([]byte(text(parts[4])), []byte(digest(salt, name, nonce, key))) == 0:
		return &outputs.Fault{Reason: unauthorized, Detail: "the receiver does not know the shared key", Blocked: true}
	}
	return nil
}

// digest is the SHA-512 of the parts, one behind the other, in hexadecimal digits.
func digest(parts ...string) string {
	h := sha512.New()
	for _, part := range parts {
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil))
}
