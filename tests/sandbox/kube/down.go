package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// stopLimit bounds what a supervisor may take to end its children.
const stopLimit = 10 * time.Second

func newDownCommand() *cobra.Command {
	var dir string
	command := &cobra.Command{
		Use:           "down",
		Short:         "End the control plane of a directory and remove the directory",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(*cobra.Command, []string) error { return down(dir) },
	}
	command.Flags().StringVar(&dir, "dir", "", "directory of the sandbox")
	_ = command.MarkFlagRequired("dir")
	return command
}

// down ends what the directory records before it takes the lock, since a
// sandbox that is still starting holds it.
func down(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	l := layout{dir}
	if _, err := os.Stat(dir); os.IsNotExist(err) {
		return nil
	}
	if err := endRecorded(l); err != nil {
		return err
	}
	lock, err := lockDir(dir, false)
	if os.IsNotExist(err) { // another down was faster
		return nil
	}
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := endRecorded(l); err != nil {
		return err
	}
	if err := l.empty(); err != nil {
		return err
	}
	return os.Remove(dir)
}

// endRecorded lets the supervisor end its children and itself, and kills
// whatever is left of them.
func endRecorded(l layout) error {
	all, err := readPids(l.pids())
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.name == supervisorName {
			p.signal(syscall.SIGTERM)
			p.waitGone(stopLimit)
		}
	}
	for _, p := range all {
		p.signal(syscall.SIGKILL)
	}
	for _, p := range all {
		if !p.waitGone(stopLimit) {
			return fmt.Errorf("%s (pid %d) does not end", p.name, p.pid)
		}
	}
	return nil
}
