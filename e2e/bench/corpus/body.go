package corpus

import (
	"fmt"
	"math"
	"math/rand/v2"
)

const (
	smallest   = 600     // with all of the usual fields
	withBodies = 1500    // with two bodies
	largest    = 1 << 20 // what a line has at most
	fragments  = 512
)

// bodies are ready pieces of JSON, such as stand in lists of real objects: environment variables, containers, managed
// fields, text with escapes.
type bodies []string

func newBodies(random *rand.Rand) (b bodies) {
	text := []string{
		`line one\nline two \"quoted\" and \u003ctags\u003e\n`, `/usr/local/bin/start --config=/etc/app/config.yaml`,
		`registry.example.org/shop/frontend:v1.42.0`, `Zoë Müller — naïve façade 東京`, `http://payments.default.svc.cluster.local:8080/health?x=1`,
	}
	for i := range fragments {
		x, word := random.Uint32(), text[random.IntN(len(text))]
		switch i % 4 {
		case 0:
			b = append(b, fmt.Sprintf(`{"name":"SETTING_%X","value":"%s%08x"}`, i, word, x))
		case 1:
			b = append(b, fmt.Sprintf(`{"name":"c%d","image":"%s","resources":{"limits":{"cpu":"500m","memory":"%dMi"}},"ports":[{"containerPort":%d,"protocol":"TCP"}],"stdin":false,"securityContext":null}`, i, word, x%4096, x%65536))
		case 2:
			b = append(b, fmt.Sprintf(`{"manager":"kubectl-client-side-apply","operation":"Update","apiVersion":"v1","time":"2026-11-22T05:%02d:%02dZ","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:annotations":{".":{},"f:example.org/%x":{}}},"f:spec":{"f:replicas":{}}}}`, x%60, x/60%60, x))
		default:
			b = append(b, fmt.Sprintf(`{"type":"Ready","status":"True","observedGeneration":%d,"ratio":%.4f,"verb":"get","message":"%s"}`, x%100, float64(x)/math.MaxUint32, word))
		}
	}
	return b
}

// level is how much of a request is logged, and how long its line shall be.
func (m *Maker) level(verb string) (level string, size int) {
	switch {
	case m.lineSize >= withBodies:
		return "RequestResponse", m.lineSize
	case m.lineSize > 0 || verb == "get" || verb == "list" || verb == "watch" || verb == "delete":
		return "Metadata", 0
	case m.random.IntN(5) == 0:
		return "Request", m.size()
	}
	return "RequestResponse", m.size()
}

// size is how long a line with bodies is: mostly 1 to 6 KB, one in 80 larger, and those up to largest.
func (m *Maker) size() int {
	if m.random.IntN(80) > 0 {
		return int(1200 * math.Exp(1.5*m.random.Float64()))
	}
	return int(6000 * math.Exp(math.Pow(m.random.Float64(), 4)*math.Log(largest/6000)))
}

// appendBodies appends the objects that were sent and answered, of about size bytes together.
func (m *Maker) appendBodies(dst []byte, level string, size int) []byte {
	if level == "Metadata" {
		return dst
	}
	if level == "RequestResponse" {
		size /= 2
		dst = m.appendObject(append(dst, `,"requestObject":`...), size)
		return m.appendObject(append(dst, `,"responseObject":`...), size)
	}
	return m.appendObject(append(dst, `,"requestObject":`...), size)
}

func (m *Maker) appendObject(dst []byte, size int) []byte {
	start := len(dst)
	dst = append(dst, `{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"shop","stage":"Panic","uid":"`...)
	dst = append(m.appendUUID(dst), `"},"spec":{"replicas":3,"items":[{}`...)
	for len(dst)-start < size-200 {
		dst = append(append(dst, ','), pick(m, m.bodies)...)
	}
	return append(dst, `]},"status":{"auditID":"no","user":{"username":"nobody"}}}`...)
}
