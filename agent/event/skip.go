package event

// skip reads over any value at i, checking all of it; depth is the number of objects and arrays around it. This is the
// hot loop: bodies are most of the bytes of a log.
func (d *Decoder) skip(i, depth int) int {
	b, outside := d.data, depth
values:
	for {
		switch b[i] {
		case '"':
			end, _ := d.stringEnd(i + 1)
			if end < 0 {
				return d.fail(invalidJSON, ^end)
			}
			i = end + 1
		case '{', '[':
			if depth == maxDepth {
				return d.fail(invalidJSON, i)
			}
			depth++
			bracket := b[i] + 2
			d.stack[depth] = bracket
			if d.quiet.set != nil {
				d.quiet.opens(depth, i)
			}
			i = space(b, i+1)
			if b[i] == bracket {
				break
			}
			if bracket == '}' {
				if i = d.passKey(b, i); i < 0 {
					return i
				}
			}
			continue
		default:
			end := scalarEnd(b, i)
			if end < 0 {
				return d.fail(invalidJSON, ^end)
			}
			i = end
		}
		for depth > outside { // a value has ended, and is inside another
			if i == len(b) {
				return d.fail(invalidJSON, i)
			}
			if b[i] <= ' ' {
				i = space(b, i)
			}
			bracket := d.stack[depth]
			if b[i] == ',' {
				i = space(b, i+1)
				if bracket == '}' {
					if i = d.passKey(b, i); i < 0 {
						return i
					}
				}
				continue values
			}
			if b[i] != bracket {
				return d.fail(invalidJSON, i)
			}
			i++
			if d.quiet.set != nil {
				d.quiet.closes(depth, i)
			}
			depth--
		}
		return i
	}
}

// passKey reads over a key and its colon, to where the value begins.
func (d *Decoder) passKey(b []byte, i int) int {
	if b[i] != '"' {
		return d.fail(invalidJSON, i)
	}
	end, escaped := d.stringEnd(i + 1)
	if end < 0 {
		return d.fail(invalidJSON, ^end)
	}
	if set := d.quiet.set; set != nil && set.mayHave(b, i+1, end-i-1, escaped) {
		d.quiet.keys++
	}
	i = space(b, end+1)
	if b[i] != ':' {
		return d.fail(invalidJSON, i)
	}
	return space(b, i+1)
}
