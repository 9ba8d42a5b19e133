package event

// skip reads over any value at i, checking all of it; depth is the number of objects and arrays around it. This is the
// hot loop: bodies are most of the bytes of a log. White space is looked for only where nothing else fits: the API server
// writes none.
func (d *Decoder) skip(i, depth int) int {
	b, special, outside := d.data, d.special, depth
	bracket := byte(0) // that ends what is open
	for {
		switch c := b[i]; c { // a value begins
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
			bracket = c + 2
			d.stack[depth] = bracket
			if d.quiet.set != nil {
				d.quiet.opens(depth, i)
			}
			if i = space(b, i+1); b[i] != bracket {
				if c == '{' {
					goto key
				}
				continue
			}
		case ' ', '\t', '\n', '\r':
			i++
			continue
		default:
			end := scalarEnd(b, i)
			if end < 0 {
				return d.fail(invalidJSON, ^end)
			}
			i = end
		}
	ended: // a value has
		if depth == outside {
			return i
		}
		if i >= len(b) {
			return d.fail(invalidJSON, i)
		}
		switch c := b[i]; {
		case c == ',':
			if i++; bracket == ']' {
				continue
			}
		case c == bracket:
			i++
			if d.quiet.set != nil {
				d.quiet.closes(depth, i)
			}
			depth--
			bracket = d.stack[depth]
			goto ended
		case isSpace(c):
			i++
			goto ended
		default:
			return d.fail(invalidJSON, i)
		}
	key:
		if b[i] != '"' {
			if i = space(b, i); b[i] != '"' {
				return d.fail(invalidJSON, i)
			}
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
		if i = end + 1; b[i] != ':' {
			if i = space(b, i); b[i] != ':' {
				return d.fail(invalidJSON, i)
			}
		}
		i++
	}
}
