package redact

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/outputs/credentials"
)

// shortestKey is what a key must have at least: a shorter one is a word, and can be guessed.
const shortestKey = 16

// ReadKey reads the key in a file, without white space around it.
func ReadKey(path string) ([]byte, error) {
	key, err := credentials.NewSecret("", path).Value()
	if err != nil {
		return nil, fmt.Errorf("read the key of redaction: %w", err)
	}
	if len(key) < shortestKey {
		return nil, fmt.Errorf("read the key of redaction: %s has %d bytes; give it at least %d (openssl rand -hex 32)", path, len(key), shortestKey)
	}
	return []byte(key), nil
}

// LocalKey is the key of this machine alone. It is made when it is asked for the first time, and stays in a directory, whose
// lock the caller has.
func LocalKey(on disk.FS, dir string) ([]byte, error) {
	path := filepath.Join(dir, "redact.key")
	key, err := readLocal(on, path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = makeLocal(on, path)
	}
	if err != nil {
		return nil, fmt.Errorf("key of redaction: %w", err)
	}
	return key, nil
}

// localDigits is how long the file is: 256 bits, and a newline.
const localDigits = 64

func readLocal(on disk.FS, path string) ([]byte, error) {
	f, err := on.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text := make([]byte, localDigits+2)
	n, _ := f.ReadAt(text, 0) // what is missing is seen below
	key, err := hex.DecodeString(string(text[:max(n-1, 0)]))
	if n != localDigits+1 || text[n-1] != '\n' || err != nil {
		return nil, fmt.Errorf("%s is damaged; remove it, and hashes will differ from those before", path)
	}
	return key, nil
}

func makeLocal(on disk.FS, path string) (key []byte, err error) {
	key = make([]byte, localDigits/2)
	rand.Read(key) // it never fails
	draft := path + ".new"
	if err := writeFile(on, draft, []byte(hex.EncodeToString(key)+"\n")); err != nil {
		return nil, err
	}
	if err := on.Rename(draft, path); err != nil {
		return nil, err
	}
	return key, on.SyncDir(filepath.Dir(path))
}

func writeFile(on disk.FS, path string, content []byte) error {
	f, err := on.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
