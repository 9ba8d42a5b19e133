package event

// decisionKey is the annotation in which the API server notes what authorization said.
const decisionKey = "authorization.k8s.io/decision"

var annotationNames = [...]string{decisionKey}

var annotationKeys = newNames(annotationNames[:])

// annotations reads the object of strings at i.
func (d *Decoder) annotations(i int, decision *Text) int {
	var other Text
	seen := false
	i, more := d.open(i, '{')
	for more {
		f, value := d.member(annotationKeys, 0, i)
		if value < 0 {
			return value
		}
		text := &other
		if f == 0 {
			if seen {
				return d.fail(duplicate, i)
			}
			seen, text = true, decision
		}
		if i = d.text(value, text); i < 0 {
			return i
		}
		i, more = d.next(i, '}')
	}
	return i
}
