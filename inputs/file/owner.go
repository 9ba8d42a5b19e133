package file

// Past returns the base names of the backups that the readers of all pipelines are through with for good: nobody misses them
// when they are deleted. It is for an owner of the log that deletes them itself, and belongs to one goroutine, as Run does.
func (in *Input) Past() []string {
	if in.past == nil {
		in.past = newLister(in)
	}
	list := in.past.list()
	var committed []*cursor
	for _, r := range in.all() {
		committed = append(committed, r.committed.Load())
	}
	if list.trouble != nil || len(committed) == 0 {
		return nil
	}
	var names []string
	for _, f := range list.files {
		if f.kind == lumberjack && !needed(committed, f) {
			names = append(names, f.file)
		}
	}
	return names
}

// Wake tells the readers that the log grew. It is for whoever writes it, and is sooner than inotify.
func (in *Input) Wake() { in.broadcast(true) }
