package file

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// countsAll tells that a watch tells of all that happens, or that it does not.
const countsAll = true

// inotify is inotify(7) on one directory. It is read by its owner, who then knows that there
// is nothing that he was not told. That an event is waiting is told by a goroutine, once until the owner asks again.
type inotify struct {
	file    *os.File
	conn    syscall.RawConn
	buf     []byte
	ready   chan struct{}
	asked   chan struct{}
	quit    chan struct{}
	waiting chan struct{} // closed when the goroutine has ended; nil: there is none
}

const (
	inotifyMask = unix.IN_CREATE | unix.IN_MOVED_TO | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MODIFY |
		unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_ONLYDIR
	inotifyOver  = unix.IN_IGNORED | unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_UNMOUNT
	inotifyReads = 256 // at once; the kernel remembers 16384 events
)

func (disk) Watch(dir string) (watch, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("inotify_init1", err)
	}
	n := &inotify{file: os.NewFile(uintptr(fd), "inotify"), buf: make([]byte, 16<<10),
		ready: make(chan struct{}), asked: make(chan struct{}, 1), quit: make(chan struct{})}
	if _, err = unix.InotifyAddWatch(fd, dir, inotifyMask); err != nil {
		err = &fs.PathError{Op: "watch", Path: dir, Err: err}
	} else {
		n.conn, err = n.file.SyscallConn()
	}
	if err != nil {
		return nil, errors.Join(err, n.file.Close())
	}
	return n, nil
}

func (n *inotify) Take(each func(event)) (err error) {
	control := n.conn.Control(func(fd uintptr) { err = n.read(int(fd), each) })
	return cmp.Or(control, err)
}

// read takes all that is waiting.
func (n *inotify) read(fd int, each func(event)) error {
	var missed error
	for range inotifyReads {
		size, err := unix.Read(fd, n.buf)
		switch err {
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			return missed
		case nil:
			err = parseEvents(n.buf[:size], each)
		default:
			return os.NewSyscallError("read inotify", err)
		}
		if missed = cmp.Or(missed, err); err == errWatchOver {
			return err
		}
	}
	return errMissed // there was always more
}

// parseEvents reads what read(2) gave: struct inotify_event, one behind the other.
func parseEvents(data []byte, each func(event)) (missed error) {
	for len(data) >= unix.SizeofInotifyEvent {
		mask := binary.NativeEndian.Uint32(data[4:])
		size := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(data[12:]))
		if size > len(data) {
			return errMissed // the kernel writes whole ones
		}
		name, _, _ := bytes.Cut(data[unix.SizeofInotifyEvent:size], []byte{0})
		data = data[size:]
		switch {
		case mask&unix.IN_Q_OVERFLOW != 0:
			missed = errMissed
		case mask&inotifyOver != 0:
			return errWatchOver
		case mask&unix.IN_CREATE != 0:
			each(event{string(name), made})
		case mask&unix.IN_MOVED_TO != 0:
			each(event{string(name), moved})
		case mask&(unix.IN_DELETE|unix.IN_MOVED_FROM) != 0:
			each(event{string(name), gone})
		default:
			each(event{string(name), written})
		}
	}
	return missed
}

func (n *inotify) Ready() <-chan struct{} {
	if n.waiting == nil {
		n.waiting = make(chan struct{})
		go n.wait()
	}
	signal(n.asked)
	return n.ready
}

func (n *inotify) wait() {
	defer close(n.waiting)
	for {
		err := n.conn.Read(func(fd uintptr) bool {
			waiting, err := unix.IoctlGetInt(int(fd), unix.TIOCINQ)
			return err != nil || waiting > 0
		})
		if err != nil {
			return // closed
		}
		select {
		case <-n.asked: // before now
		default:
		}
		select {
		case n.ready <- struct{}{}:
		case <-n.quit:
			return
		}
		select {
		case <-n.asked:
		case <-n.quit:
			return
		}
	}
}

// Close returns when the goroutine has ended.
func (n *inotify) Close() error {
	close(n.quit)
	err := n.file.Close()
	if n.waiting != nil {
		<-n.waiting
	}
	return err
}
