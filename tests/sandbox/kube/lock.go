package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// lockDir takes the directory's lock, waiting for it. Who starts a sandbox
// holds it until the sandbox is ready, and who ends one while it removes the
// directory. The lock is on the directory itself; one that was removed while
// we waited is another inode than the path names, and we try again.
func lockDir(dir string, create bool) (*os.File, error) {
	for {
		if create {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return nil, err
			}
		}
		file, err := os.Open(dir)
		if err != nil {
			return nil, err
		}
		if err := flock(file); err != nil {
			file.Close()
			return nil, fmt.Errorf("locking %s: %w", dir, err)
		}
		held, err := file.Stat()
		if err != nil {
			file.Close()
			return nil, err
		}
		if named, err := os.Stat(dir); err == nil && os.SameFile(held, named) {
			return file, nil
		}
		file.Close()
	}
}

func flock(file *os.File) error {
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX)
		if err != unix.EINTR {
			return err
		}
	}
}
