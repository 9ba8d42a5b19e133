package elasticsearch

func (o *Output) borrow() *write {
	select {
	case w := <-o.idle:
		return w
	default:
		return o.make()
	}
}

// giveBack keeps the memory of a Write, unless somebody still reads it or one huge event has blown it up.
func (o *Output) giveBack(w *write) {
	w.events = nil
	if !w.body.free() || w.body.content.Cap() > 3*o.maxBytes+1<<20 {
		return
	}
	select {
	case o.idle <- w:
	default:
	}
}
