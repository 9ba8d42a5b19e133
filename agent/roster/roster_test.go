package roster

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/enrich"
	"github.com/auditship/auditship/agent/event"
)

// add adds an event by its members; at is its minute.
func (r *Roster) add(t *testing.T, at int, members string) {
	t.Helper()
	var e event.Event
	record := fmt.Sprintf(`{"auditID":"1","stage":"ResponseComplete","stageTimestamp":"2026-11-22T12:%02d:00Z","sourceIPs":["10.0.0.%d"],%s}`, at, at, members)
	if err := new(event.Decoder).Decode([]byte(record), &e); err != nil {
		t.Fatalf("decode %s: %v", record, err)
	}
	r.Add(&e)
}

func user(name, extra string) string {
	return fmt.Sprintf(`"user":{"username":%q,"extra":{%s}}`, name, extra)
}

func credential(id string) string {
	return `"authentication.kubernetes.io/credential-id":["` + id + `"]`
}

const (
	pod     = `,"authentication.kubernetes.io/pod-name":["web-0"]`
	account = "system:serviceaccount:ci:builder"
)

func made(id string) string {
	return fmt.Sprintf(`,"objectRef":{"resource":"serviceaccounts","subresource":"token"},"annotations":{"authentication.kubernetes.io/issued-credential-id":%q}`, id)
}

func (r *Roster) text() (all []string) {
	for _, row := range r.Rows() {
		data, _ := json.Marshal(row)
		all = append(all, strings.NewReplacer(`"`, "", "2026-11-22T12:", "", ":00Z", "").Replace(string(data)))
	}
	return all
}

// TestRows: one row for each account and credential, and one for all tokens of an account's pods; tokens are traced whatever the order.
func TestRows(t *testing.T) {
	r := New(enrich.New(enrich.Config{}))
	r.add(t, 1, user("jane", credential("X509SHA256=a")))
	r.add(t, 9, user("jane", credential("X509SHA256=a")))
	r.add(t, 5, user("jane", credential("X509SHA256=a")))
	r.add(t, 2, user("jane", credential("X509SHA256=b")))
	r.add(t, 3, user(account, credential("JTI=1")))
	r.add(t, 4, user(account, credential("JTI=2")+pod))
	r.add(t, 5, user(account, credential("JTI=3")+pod))
	r.add(t, 6, user(account, credential("JTI=4")+pod))
	r.add(t, 7, user("jane", credential("X509SHA256=a"))+made("JTI=1"))
	r.add(t, 7, user("bob", "")+made("JTI=1"))
	r.add(t, 7, user("bob", "")+made("JTI=4"))
	r.add(t, 8, user(account, credential("JTI=1")))
	r.add(t, 8, `"user":{}`)
	var e event.Event
	if err := new(event.Decoder).Decode([]byte(`{"auditID":"1","stage":"RequestReceived","user":{"username":"max"}}`), &e); err != nil {
		t.Fatal(err)
	}
	r.Add(&e)
	want := []string{
		`{kind:human,name:bob,evidence:username,events:2,first:07,last:07,addresses:[10.0.0.7]}`,
		`{kind:human,name:jane,credential:X509SHA256=a,evidence:certificate,events:4,first:01,last:09,addresses:[10.0.0.1,10.0.0.5,10.0.0.7,10.0.0.9]}`,
		`{kind:human,name:jane,credential:X509SHA256=b,evidence:certificate,events:1,first:02,last:02,addresses:[10.0.0.2]}`,
		`{kind:unauthenticated,evidence:none,events:1,first:08,last:08,addresses:[10.0.0.8]}`,
		`{kind:serviceaccount,namespace:ci,name:builder,evidence:pod-token,events:2,first:04,last:05,addresses:[10.0.0.4,10.0.0.5]}`,
		`{kind:serviceaccount,namespace:ci,name:builder,minted_by:bob,evidence:pod-token,events:1,first:06,last:06,addresses:[10.0.0.6]}`,
		`{kind:serviceaccount,namespace:ci,name:builder,credential:JTI=1,minted_by:jane,evidence:token,events:2,first:03,last:08,addresses:[10.0.0.3,10.0.0.8]}`,
	}
	if got := r.text(); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestBounds: an attacker with many addresses, or many names, fills no memory, and it is told.
func TestBounds(t *testing.T) {
	r := New(enrich.New(enrich.Config{}))
	for i := range 20 {
		r.add(t, i, user("jane", ""))
	}
	row := r.Rows()[0]
	if len(row.Addresses) != MaxAddresses || !row.More || row.Events != 20 || row.Last.Sub(row.First) != 19*time.Minute {
		t.Errorf("%+v", row)
	}
	for i := range MaxRows - 1 {
		r.rows[fmt.Sprint(i)] = &Row{}
	}
	r.add(t, 1, user("bob", ""))
	r.add(t, 1, user("jane", ""))
	if r.Left() != 1 || r.Rows()[len(r.Rows())-1].Events == 0 && r.Left() != 1 {
		t.Errorf("%d events are left out", r.Left())
	}
}
