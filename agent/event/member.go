package event

// These are the steps through an object or array whose members are looked at. They return positions in d.data, or a
// negative number after d.fail.

// open steps into the object or array at i, which bracket begins. It returns the position of the first member, or, where
// there is none, the position behind and false. Null is read over as if it was empty.
func (d *Decoder) open(i int, bracket byte) (int, bool) {
	b := d.data
	if b[i] != bracket {
		return d.null(i), false
	}
	i = space(b, i+1)
	if b[i] == bracket+2 { // in ASCII both closing brackets are two behind the opening ones
		return i + 1, false
	}
	return i, true
}

// next steps on from the end of a member: to the next member, or behind the closing bracket and false.
func (d *Decoder) next(i int, bracket byte) (int, bool) {
	if b := d.data; i+1 < len(b) && b[i] == ',' && b[i+1] > ' ' {
		return i + 1, true
	}
	return d.nextOrEnd(i, bracket)
}

// nextOrEnd is next for what is no comma with a member right behind it.
func (d *Decoder) nextOrEnd(i int, bracket byte) (int, bool) {
	b := d.data
	if i >= len(b) {
		return d.fail(invalidJSON, i), false
	}
	i = space(b, i)
	switch b[i] {
	case ',':
		return space(b, i+1), true
	case bracket:
		return i + 1, false
	}
	return d.fail(invalidJSON, i), false
}

// key reads the key at i and the colon behind it; value is where the value begins.
func (d *Decoder) key(i int) (key Text, value int) {
	b := d.data
	if b[i] != '"' {
		return Text{}, d.fail(invalidJSON, i)
	}
	end, escaped := d.stringEnd(i + 1)
	if end < 0 {
		return Text{}, d.fail(invalidJSON, ^end)
	}
	key = Text{Span: span(i+1, end), Escaped: escaped}
	i = space(b, end+1)
	if b[i] != ':' {
		return Text{}, d.fail(invalidJSON, i)
	}
	return key, space(b, i+1)
}

// text reads a string into t, or null, which leaves t alone.
func (d *Decoder) text(i int, t *Text) int {
	if d.data[i] != '"' {
		return d.null(i)
	}
	end, escaped := d.stringEnd(i + 1)
	if end < 0 {
		return d.fail(invalidJSON, ^end)
	}
	*t = Text{Span: span(i+1, end), Escaped: escaped}
	return end + 1
}

// null reads over a null; anything else is of the wrong type.
func (d *Decoder) null(i int) int {
	if d.data[i] != 'n' {
		return d.fail(wrongType, i)
	}
	end := literalEnd(d.data, i, "null")
	if end < 0 {
		return d.fail(invalidJSON, i)
	}
	return end
}

// strings reads an array of strings; last is the last of them.
func (d *Decoder) strings(i int, last *Text) int {
	i, more := d.open(i, '[')
	for more {
		if d.data[i] != '"' {
			return d.fail(wrongType, i)
		}
		if i = d.text(i, last); i < 0 {
			return i
		}
		i, more = d.next(i, ']')
	}
	return i
}

// object reads over an object of anything.
func (d *Decoder) object(i int) int {
	if d.data[i] != '{' {
		return d.null(i)
	}
	return d.skip(i, 1)
}

// body reads over anything; t is set where it is a string.
func (d *Decoder) body(i int, t *Text) int {
	if d.data[i] == '"' {
		return d.text(i, t)
	}
	d.quiet.set = d.Notable
	end := d.skip(i, 1)
	d.quiet.set = nil
	return end
}

// span makes a Span of two positions.
func span(start, end int) Span { return Span{Start: uint32(start), End: uint32(end)} }
