//go:build !fault_no_drain

package file

// next is the file to read: the one under way if it was renamed meanwhile, then backups, the first seen first, then the
// log itself.
func (r *reader) next() *entry {
	if e := r.cur; e != nil && !e.isLog() && e.unread() {
		return e
	}
	var log *entry
	for _, e := range r.files.entries {
		if !e.unread() {
			continue
		}
		if !e.isLog() {
			return e
		}
		log = e
	}
	return log
}
