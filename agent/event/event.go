// Package event is one Kubernetes audit event as the API server wrote it: one line of JSON, and where in that line its
// fields are. Nothing is copied and nothing is converted: an [Event] holds the record and the spans of its parts.
//
// The shape of the line is audit.k8s.io/v1 Event (k8s.io/apiserver/pkg/apis/audit/v1/types.go). Its bodies
// (requestObject, responseObject) and many of its strings are written by clients, so a decoder must never let anything
// inside them pass for a field of the event; [Decoder.Decode] accepts exactly the lines that are valid JSON objects
// whose known fields have the right types and stand there once.
package event

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/auditship/auditship/agent/event/digest"
)

// ID names a record: the first 128 bits of the SHA-256 of its bytes, without the newline. It is not the audit ID, which
// a client may choose (Audit-ID header) and which all stages of one request share.
type ID [16]byte

// Sum is the ID of a record.
func Sum(record []byte) ID {
	full := sha256.Sum256(record)
	return ID(full[:16])
}

// SumAll sets the IDs of all events by their records, which is faster than one by one.
func SumAll(events []Event) {
	digest.Each(len(events),
		func(i int) []byte { return events[i].Record() },
		func(i int, full [sha256.Size]byte) { events[i].ID = ID(full[:len(ID{})]) })
}

// AppendText appends the 32 hexadecimal digits of the ID.
func (id ID) AppendText(dst []byte) ([]byte, error) { return hex.AppendEncode(dst, id[:]), nil }

// String is the ID in 32 hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Field is one top-level field of an audit event, in the order in which the API server writes them.
type Field uint8

// The fields of audit.k8s.io/v1 Event.
const (
	Kind Field = iota
	APIVersion
	Level
	AuditID
	Stage
	RequestURI
	Verb
	User
	ImpersonatedUser
	AuthenticationMetadata
	SourceIPs
	UserAgent
	ObjectRef
	ResponseStatus
	RequestObject
	ResponseObject
	RequestReceivedTimestamp
	StageTimestamp
	Annotations
	NumFields // how many there are
)

// Fields is a set of top-level fields.
type Fields uint32

// Set is the set of the given fields.
func Set(fields ...Field) Fields {
	var s Fields
	for _, f := range fields {
		s |= 1 << f
	}
	return s
}

// Has tells whether f is in the set.
func (s Fields) Has(f Field) bool { return s&(1<<f) != 0 }

// Bodies are the two fields that hold what the client sent and what it got.
const Bodies = Fields(1<<RequestObject | 1<<ResponseObject)

// Span is a half-open range of bytes in a record. The zero Span means that the part is absent: no part of an event
// starts at 0, where its brace is.
type Span struct{ Start, End uint32 }

// Present tells whether the part is in the record.
func (s Span) Present() bool { return s.Start != 0 }

// Len is the number of bytes.
func (s Span) Len() int { return int(s.End - s.Start) }

// Text is the span of a JSON string's content, without its quotes. It may hold escapes, and then AppendText of the
// event resolves them; bytes that are not UTF-8 are kept as they are.
type Text struct {
	Span
	Escaped bool // the content holds at least one backslash
}

// Member is where one top-level field stands: from the quote that opens its key to the end of its value.
type Member struct {
	Key   uint32 // the quote that opens the key
	Value Span
}

// Identity is a user as the API server saw it (authentication.k8s.io/v1 UserInfo). A request that failed to
// authenticate has one without any part.
type Identity struct {
	Username Text
	UID      Text
	Groups   Span // the array; see Event.Strings
	Extra    Span // the object of string arrays

	// Two of Extra: which certificate (X509SHA256=HEX) or token (JTI=ID) it was, and whose pod's token.
	Credential, Pod Text
}

// Object is the target of the request (objectRef). Resource requests have one.
type Object struct {
	Resource, Namespace, Name, UID, APIGroup, APIVersion, ResourceVersion, Subresource Text
}

// ActorKind tells what sort of caller made the request.
type ActorKind uint8

// The kinds of actors.
const (
	UnknownActor    ActorKind = iota
	Human                     // anything else: certificates, OIDC, static tokens
	ServiceAccount            // system:serviceaccount:NAMESPACE:NAME
	Node                      // system:node:NAME
	ControlPlane              // other system: users, such as system:kube-scheduler and system:apiserver
	Anonymous                 // system:anonymous
	Unauthenticated           // no user at all: authentication failed
	Bootstrap                 // system:bootstrap:ID: a machine that joins with a bootstrap token
	Gateway                   // a declared gateway that acts for nobody else; see package enrich
)

var actorKinds = [...]string{"", "human", "serviceaccount", "node", "controlplane", "anonymous", "unauthenticated", "bootstrap", "gateway"}

// String is the kind as it stands in a shipped event.
func (k ActorKind) String() string { return actorKinds[k] }

// Actor is who really made the request. That is not whom it impersonated, unless the caller is a declared gateway.
type Actor struct {
	Kind      ActorKind
	Name      Text // the user name, or for service accounts, nodes and bootstrap tokens the name behind the prefix
	Namespace Text // of a service account
}

// Event is one audit event on its way to an output. Its record and Enrichment belong to whoever made it and are valid
// as long as that says; everything else are positions in the record.
type Event struct {
	Raw []byte // the record: one line of the log, without its newline; never changed in place
	ID  ID     // of the record as it was read

	Members      [NumFields]Member // where each field stands; Value.Start 0: absent
	escaped      Fields            // which of them are strings with a backslash in them
	Close        uint32            // position of the closing brace
	User         Identity
	Impersonated Identity // who the caller asked to be; zero without impersonation
	Object       Object
	SourceIP     Text // the last of sourceIPs: the peer itself; the ones before it are what the client claimed
	Code         int  // responseStatus.code; 0: none
	StatusReason Text // responseStatus.reason
	Decision     Text // annotation authorization.k8s.io/decision: allow or forbid

	// Marks belong to the Decoder, and are valid until its next call.
	Marks Marks

	// What follows is decided after decoding.

	Rule       string // name of the rule that decided; empty: none matched
	Actor      Actor
	Client     Text   // the program in the user agent: kubectl, kubelet …
	Enrichment []byte // the "auditship" object without its closing brace; see AppendJSON
	Shape      Shape  // another form than the API server's; see AppendJSON
	Trimmed    Fields // the fields that AppendJSON leaves out and names in auditship.trimmed
	Original   []byte // the record as it was read, where Raw is no more that but redacted; else nil. It holds secrets
	Redacted   []byte // the JSON array of what was redacted; nil: nothing
}

// Record is the record as it was read. It may hold secrets that Raw does not: no output looks at it.
func (e *Event) Record() []byte {
	if e.Original != nil {
		return e.Original
	}
	return e.Raw
}
