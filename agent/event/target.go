package event

// targetNames are the known members of objectRef (audit.k8s.io/v1 ObjectReference), all of them strings.
var targetNames = [...]string{
	"resource", "namespace", "name", "uid", "apiGroup", "apiVersion", "resourceVersion", "subresource",
}

var targetKeys = newNames(targetNames[:])

// target reads an objectRef at i into o.
func (d *Decoder) target(i int, o *Object) int {
	texts := [len(targetNames)]*Text{
		&o.Resource, &o.Namespace, &o.Name, &o.UID, &o.APIGroup, &o.APIVersion, &o.ResourceVersion, &o.Subresource,
	}
	seen, expect := Fields(0), 0
	i, more := d.open(i, '{')
	for more {
		f, value := d.member(targetKeys, expect, i)
		if value < 0 {
			return value
		}
		if f < len(texts) {
			if seen.Has(Field(f)) {
				return d.fail(duplicate, i)
			}
			seen, expect = seen|1<<f, f+1
			i = d.text(value, texts[f])
		} else {
			i = d.skip(value, 2)
		}
		if i < 0 {
			return i
		}
		i, more = d.next(i, '}')
	}
	return i
}
