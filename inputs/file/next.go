//go:build !fault_no_drain

package file

// next is the file to read: the one under way if it was renamed meanwhile, then backups, the first seen first, then the
// log itself.
func (r *reader) next() *entry {
	log := r.files.log()
	if e := r.cur; e != nil && e != log && e.unread() {
		return e
	}
	for _, e := range r.files.entries {
		if e != log && e.unread() {
			return e
		}
	}
	if log != nil && log.unread() {
		return log
	}
	return nil
}
