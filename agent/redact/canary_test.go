package redact

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
)

var canaries = flag.Uint64("canaries", 600, "how many events TestNoCanarySurvives looks at")

// canary is a value that must be nowhere afterwards, in any of its forms.
const canary = `hunter2 "in" c:\env`

// forms are all the ways in which the canary may be written down.
func forms() (all []string) {
	quoted, _ := json.Marshal(canary)
	escaped := string(quoted[1 : len(quoted)-1])
	again, _ := json.Marshal(escaped)
	all = []string{"hunter2", escaped, string(again), url.QueryEscape(canary), url.PathEscape(canary), base64.URLEncoding.EncodeToString([]byte(canary))}
	for shift := range 3 { // what base64 makes of it, wherever it begins
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + canary))
		all = append(all, text[4:len(text)-4])
	}
	return all
}

// planter makes bodies with canaries.
type planter struct {
	*rand.Rand
	depth int // of documents in texts of each other
}

func quote(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}

// any is one of the texts.
func (p planter) any(texts ...string) string { return texts[p.IntN(len(texts))] }

// key writes a key in one of the ways in which that can be done.
func (p planter) key(key string) string {
	switch p.IntN(6) {
	case 0:
		i := p.IntN(len(key))
		return fmt.Sprintf(`"%s\u%04x%s":`, key[:i], key[i], key[i+1:])
	case 1:
		return quote(strings.ToUpper(key)) + " : "
	}
	return quote(key) + ":"
}

// object shuffles members.
func (p planter) object(members ...string) string {
	p.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	return "{" + strings.Join(members, p.any(",", " ,\t")) + "}"
}

func (p planter) base64() string { return quote(base64.StdEncoding.EncodeToString([]byte(canary))) }

func (p planter) secret() string {
	data := p.key("data") + p.object(`"a":`+p.base64(), `"b":null`, `"$patch":"replace"`)
	texts := p.key("stringData") + p.object(quote("a.b")+":"+quote(canary), `"c":"x"`)
	return p.object(p.key("kind")+`"Secret"`, p.any(data, texts, data+","+texts), p.key("metadata")+p.metadata())
}

// applied is an annotation that holds an object, or should.
func (p planter) applied() string {
	text := p.any(canary, "{"+canary, "")
	if p.depth < deepestDocument && p.IntN(3) > 0 {
		p.depth++
		text = p.body() + p.any("", "\n")
	}
	return quote("kubectl.kubernetes.io/last-applied-configuration") + ":" + quote(text)
}

func (p planter) metadata() string {
	members := []string{`"name":"x"`, p.key("managedFields") + quote(canary)}
	if p.IntN(2) == 0 {
		members = append(members, `"annotations":`+p.annotations())
	}
	return p.object(members...)
}

func (p planter) annotations() string {
	members := []string{p.applied()}
	if p.depth++; p.depth <= deepestDocument {
		members = append(members, `"other":`+quote(p.body()))
	}
	return p.object(members...)
}

func (p planter) container() string {
	name := p.any("DB_PASSWORD", "apiKey", "MY-TOKEN", "aws.secret", strings.Repeat("long", 100))
	env := p.object(p.key("name")+quote(name), p.key("value")+quote(canary))
	argv := `"command":["sh","-c",` + quote(`curl -H "Authorization: Bearer `+word1+`" x`) + `,"--password",` + quote(canary) + `,` + quote("--token="+word1) + "]"
	return p.object(`"env":[`+env+`,{"name":"HOME","value":"/"}]`, argv, `"image":"x"`)
}

// word1 is the part of the canary that is one word.
const word1 = "hunter2"

// patch is a JSON patch.
func (p planter) patch() string {
	var path, value string
	switch p.IntN(11) {
	case 0:
		path, value = "/stringData/a", quote(canary)
	case 1:
		path, value = "/stringData", `{"a":`+quote(canary)+`}`
	case 2:
		path, value = "", p.secret()
	case 3:
		path, value = "/spec/containers/0/env/0/value", quote(canary)
	case 4:
		path, value = "/spec/template/spec/containers/1/env/-", p.object(`"name":"A_TOKEN"`, `"value":`+quote(canary))
	case 5:
		path, value = "/metadata/annotations", p.annotations()
	case 6:
		path, value = "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration", quote(canary)
	case 7:
		path, value = "/spec/token", quote(canary)
	case 8:
		path, value = "/metadata", p.metadata()
	case 9:
		path, value = "/metadata/managedFields", quote(canary)
	case 10:
		path, value = "/spec/containers/0", p.container()
	}
	return "[" + p.object(p.key("op")+`"add"`, p.key("path")+quote(path), p.key("value")+value) + "]"
}

func (p planter) body() string {
	switch p.IntN(7) {
	case 0:
		return p.object(`"kind":"List"`, `"items":[`+p.secret()+`,{}]`)
	case 1:
		return p.object(p.key("kind")+`"SecretList"`, `"items":[`+p.object(`"data":{"a":`+p.base64()+`}`)+`]`)
	case 2:
		return p.object(`"spec":`+p.object(`"template":`+p.object(`"spec":`+p.object(`"initContainers":[`+p.container()+`]`))), `"metadata":`+p.metadata())
	case 3:
		return p.object(`"kind":"TokenRequest"`, p.key("status")+p.object(p.key("token")+quote(canary)))
	case 4:
		return p.patch()
	case 5:
		return p.object(`"kind":"Table"`, `"rows":[`+p.object(`"cells":["x",1]`, `"object":`+p.secret())+`]`)
	}
	return p.secret()
}

// TestNoCanarySurvives: of what stands at the place of a secret nothing is left, however it is written. -canaries 100000 takes longer.
func TestNoCanarySurvives(t *testing.T) {
	forms := forms()
	r := redactor(t, Config{})
	for seed := range *canaries {
		p := planter{Rand: rand.New(rand.NewPCG(seed, 0))}
		status := quote(`Secret "x" is invalid: "` + canary + `" ` + fmt.Sprintf("%q", canary))
		members := `"requestURI":` + quote("/a?b=c&api_key="+url.QueryEscape(canary)+p.any("&watch=true", ";t%6Fken="+url.PathEscape(canary))) + `,"objectRef":{"resource":"pods"},` +
			`"responseStatus":{"message":` + status + `,"code":422},"requestObject":` + p.body() + `,"responseObject":` + p.any(p.body(), `{"kind":"Status","message":`+status+`}`) +
			`,"annotations":{"patch.webhook.admission.k8s.io/round_0_index_0":` + quote(p.object(`"patch":`+p.patch(), `"patchType":"JSONPatch"`)) +
			`,"a":` + quote(`{"stringData":{"a":`+quote(canary)+`}}`) + `}` // so that messages repeat something known
		e := decode(t, head+members+"}")
		before := string(e.Raw)
		if _, err := r.Redact(e, nil, false); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, form := range forms {
			if at := strings.Index(string(e.Raw)+string(e.Redacted), form); at >= 0 {
				t.Fatalf("seed %d: %q is left\nof %s\nin %s%s", seed, form, before, e.Raw, e.Redacted)
			}
		}
		if err := errors.Join(differences([]byte(before), e.Raw), misplaced(e)); err != nil {
			t.Fatalf("seed %d: %v\nof  %s\ngot %s", seed, err, before, e.Raw)
		}
	}
}
