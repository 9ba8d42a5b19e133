package event

// skip reads over any value at i, checking all of it; depth is the number of objects and arrays around it. This is the
// hot loop: bodies are most of the bytes of a log.
func (d *Decoder) skip(i, depth int) int {
	b, special, outside := d.data, d.special, depth
	bracket := byte(0) // that ends what is open
	for {
		switch b[i] { // a value begins
		case '"':
			end := near(special, b, i+1)
			if end == 0 {
				if end, _ = d.farStringEnd(i + 1); end < 0 {
					return d.fail(invalidJSON, ^end)
				}
			}
			i = end + 1
		case '{', '[':
			if depth == maxDepth {
				return d.fail(invalidJSON, i)
			}
			depth++
			bracket = b[i] + 2
			d.stack[depth] = bracket
			if d.quiet.set != nil {
				d.quiet.opens(depth, i)
			}
			if i = space(b, i+1); b[i] != bracket {
				if bracket == '}' {
					goto key
				}
				continue
			}
		default:
			end := scalarEnd(b, i)
			if end < 0 {
				return d.fail(invalidJSON, ^end)
			}
			i = end
		}
		for { // a value has ended
			if depth == outside {
				return i
			}
			if i >= len(b) {
				return d.fail(invalidJSON, i)
			}
			i = space(b, i)
			if b[i] == ',' {
				break
			}
			if b[i] != bracket {
				return d.fail(invalidJSON, i)
			}
			i++
			if d.quiet.set != nil {
				d.quiet.closes(depth, i)
			}
			depth--
			bracket = d.stack[depth]
		}
		if i = space(b, i+1); bracket == ']' {
			continue
		}
	key:
		if b[i] != '"' {
			return d.fail(invalidJSON, i)
		}
		end, escaped := near(special, b, i+1), false
		if end == 0 {
			if end, escaped = d.farStringEnd(i + 1); end < 0 {
				return d.fail(invalidJSON, ^end)
			}
		}
		if set := d.quiet.set; set != nil {
			d.quiet.keys += set.count(b, i+1, end-i-1, escaped)
		}
		if i = space(b, end+1); b[i] != ':' {
			return d.fail(invalidJSON, i)
		}
		i = space(b, i+1)
	}
}
