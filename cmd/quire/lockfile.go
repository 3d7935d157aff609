package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// serveLock is the file that keeps a second `quire serve` off a repository.
const serveLock = "serve.lock"

// lockForServing locks the repository in dir until the file is closed.
func lockForServing(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, serveLock), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	ok, err := tryLock(f)
	if err == nil && !ok {
		err = fmt.Errorf("the repository %s is being served already, by %s", dir, ownerOf(f))
	}
	if err == nil {
		err = signFile(f)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func ownerOf(f *os.File) string {
	b, _ := io.ReadAll(io.LimitReader(f, 20))
	if pid := strings.TrimSpace(string(b)); pid != "" {
		return "process " + pid
	}
	return "another process"
}

func signFile(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}
