package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

type upOptions struct {
	dir, bin, stages string
	foreground       bool
	revive           bool
	starter          int
}

func newUpCommand() *cobra.Command {
	var o upOptions
	command := &cobra.Command{
		Use:           "up",
		Short:         "Start a control plane and print its kubeconfig's path",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(*cobra.Command, []string) error { return up(o) },
	}
	o.addFlags(command)
	command.Flags().BoolVar(&o.foreground, "foreground", false, "stay, and end with the process that started it")
	command.Flags().IntVar(&o.starter, "starter", os.Getppid(), "process that --foreground ends with")
	return command
}

func (o *upOptions) addFlags(command *cobra.Command) {
	command.Flags().StringVar(&o.dir, "dir", "", "directory of the sandbox")
	command.Flags().StringVar(&o.bin, "bin", "", "folder of the binaries")
	command.Flags().StringVar(&o.stages, "stages", "", "folder of kwok's Stages")
	command.Flags().BoolVar(&o.revive, "revive", false, "start an API server that ends again")
	for _, name := range []string{"dir", "bin", "stages"} {
		_ = command.MarkFlagRequired(name)
	}
}

func up(o upOptions) error {
	dir, err := filepath.Abs(o.dir)
	if err != nil {
		return err
	}
	l := layout{dir}
	lock, err := lockDir(dir, true)
	if err != nil {
		return err
	}
	defer lock.Close()
	if _, running := runningSupervisor(l); running {
		lock.Close()
		fmt.Println(l.kubeconfig())
		if o.foreground {
			return waitForStarter(o.starter, nil)
		}
		return nil
	}
	if err := l.prepare(); err != nil {
		return err
	}
	if o.foreground {
		return upInForeground(o, l, lock)
	}
	return upDetached(o, l, lock)
}

func upInForeground(o upOptions, l layout, lock *os.File) error {
	gone := make(chan struct{})
	go func() { _ = waitForStarter(o.starter, gone) }()
	return supervise(l, o, gone, func() {
		lock.Close()
		fmt.Println(l.kubeconfig())
	})
}

// waitForStarter returns, and closes gone, when the process that started us
// has ended, killed or not. A pidfd follows the process; PR_SET_PDEATHSIG
// would follow the thread that started us, which may end long before.
func waitForStarter(starter int, gone chan struct{}) error {
	if gone != nil {
		defer close(gone)
	}
	fd, err := unix.PidfdOpen(starter, 0)
	if err != nil || os.Getppid() != starter { // it ended before we looked
		return nil
	}
	defer unix.Close(fd)
	for {
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// upDetached starts a supervisor in a session of its own and waits until it
// says that it is ready. The supervisor inherits the lock and lets go of it
// when it is ready, so that another up waits for it even if we are killed.
func upDetached(o upOptions, l layout, lock *os.File) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(l.log(supervisorName), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	command := exec.Command(self, "supervise", "--dir="+l.dir, "--bin="+o.bin, "--stages="+o.stages,
		fmt.Sprintf("--revive=%t", o.revive))
	command.Dir = l.dir
	command.Stdout, command.Stderr = log, log
	command.ExtraFiles = []*os.File{writer, lock} // its descriptors 3 and 4
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := command.Start(); err != nil {
		return err
	}
	writer.Close()
	lock.Close()
	interrupts := make(chan os.Signal, 2)
	signal.Notify(interrupts, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		for range interrupts {
			_ = command.Process.Signal(syscall.SIGTERM)
		}
	}()
	if word, _ := io.ReadAll(reader); string(word) != readyWord {
		if err := command.Wait(); err == nil {
			return errors.New("the control plane was stopped before it was ready")
		}
		return fmt.Errorf("the control plane did not start:\n%s", tail(l.log(supervisorName)))
	}
	fmt.Println(l.kubeconfig())
	return nil
}

const readyWord = "ready"

// newSuperviseCommand is what a detached up leaves running.
func newSuperviseCommand() *cobra.Command {
	var o upOptions
	command := &cobra.Command{
		Use:           "supervise",
		Hidden:        true,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(*cobra.Command, []string) error {
			ready, lock := os.NewFile(3, "ready"), os.NewFile(4, "lock")
			syscall.CloseOnExec(3)
			syscall.CloseOnExec(4)
			return supervise(layout{o.dir}, o, nil, func() {
				lock.Close()
				_, _ = io.WriteString(ready, readyWord)
				ready.Close()
			})
		},
	}
	o.addFlags(command)
	return command
}
