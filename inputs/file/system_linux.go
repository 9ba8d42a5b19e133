package file

import (
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Birth is made of the file handle (name_to_handle_at(2)), which holds the generation of the inode where the file system
// knows it, else of the time of its creation.
func (f diskFile) Birth() uint64 {
	h, _, err := unix.NameToHandleAt(f.fd, "", unix.AT_EMPTY_PATH)
	if err == nil {
		sum := fnv.New64a()
		sum.Write(h.Bytes())
		return sum.Sum64()
	}
	var st unix.Statx_t
	if err := unix.Statx(f.fd, "", unix.AT_EMPTY_PATH, unix.STATX_BTIME, &st); err != nil {
		return 0
	}
	return uint64(st.Btime.Sec)*1e9 + uint64(st.Btime.Nsec)
}

func (disk) Free(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * st.Bsize, nil
}

func (disk) IsMount(path string) (bool, error) {
	var st unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, 0, &st); err != nil {
		return false, err
	}
	return st.Attributes_mask&st.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0, nil
}

// readTrusted tells where a symbolic link leads. Of another user's it is an error: he could have us read anything. What is
// looked at is the link that was opened (O_PATH), whatever is put in its place meanwhile.
func readTrusted(path string) (string, error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", &fs.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return "", &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	if st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return "", &untrustedError{path, fmt.Sprintf("it is a symbolic link of another user (%d); make it root's", st.Uid)}
	}
	target := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", target)
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: path, Err: err}
	}
	return string(target[:n]), nil
}
