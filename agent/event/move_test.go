package event

import (
	"reflect"
	"strings"
	"testing"
)

// TestRewrite: what Rewrite says of a record with other bodies is what Decode says of it, wherever the bodies stand.
func TestRewrite(t *testing.T) {
	fields := []string{
		`"requestObject":{"a":"REQUEST"}`, `"auditID":"1","stage":"S","user":{"username":"u","uid":"i","groups":["g"],"extra":{"authentication.kubernetes.io/credential-id":["c"],"authentication.kubernetes.io/pod-name":["p"]}}`,
		`"responseObject":["RESPONSE"]`, `"objectRef":{"resource":"r","namespace":"n","name":"m","uid":"u","apiGroup":"g","apiVersion":"v","resourceVersion":"1","subresource":"s"},"sourceIPs":["::1"]`,
		`"impersonatedUser":{"username":"v\n"},"responseStatus":{"reason":"r","code":200},"annotations":{"authorization.k8s.io/decision":"allow"},"stageTimestamp":"x"`,
	}
	for turn := range len(fields) {
		record := "{" + strings.Join(append(fields[turn:len(fields):len(fields)], fields[:turn]...), ", ") + "} "
		for _, lengths := range [][2]int{{0, 0}, {50, 0}, {0, 50}, {-7, 20}, {20, -8}, {-7, -8}} {
			e := decode(t, record)
			other := strings.Replace(record, "REQUEST", strings.Repeat("x", 7+lengths[0]), 1)
			other = strings.Replace(other, "RESPONSE", strings.Repeat("y", 8+lengths[1]), 1)
			e.Rewrite([]byte(other), lengths[0], lengths[1])
			if want := decode(t, other); !reflect.DeepEqual(e, want) {
				t.Errorf("%v in %s:\ngot  %+v\nwant %+v", lengths, record, e, want)
			}
		}
	}
}

// TestRewriteReal does so with real records, of which each body gets a longer one.
func TestRewriteReal(t *testing.T) {
	for _, record := range realRecords(t) {
		e := decode(t, string(record))
		request, response := 0, 0
		other := string(record)
		for f, grown := range map[Field]*int{RequestObject: &request, ResponseObject: &response} {
			if body := string(e.Bytes(e.Members[f].Value)); strings.HasPrefix(body, "{") {
				more := `"x":1234,`
				if body == "{}" {
					more = `"x":1234`
				}
				key := `"` + f.String() + `":{`
				other = strings.Replace(other, key+body[1:], key+more+body[1:], 1)
				*grown = len(more)
			}
		}
		e.Rewrite([]byte(other), request, response)
		if want := decode(t, other); !reflect.DeepEqual(e, want) {
			t.Errorf("of %s:\ngot  %+v\nwant %+v", record, e, want)
		}
	}
}
