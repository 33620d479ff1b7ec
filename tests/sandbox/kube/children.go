package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
)

// children starts a sandbox's processes, records them, and ends them.
type children struct {
	layout  layout
	all     []process
	running []*exec.Cmd
	exited  chan exit // one message for each child that ended
}

// exit is a child that ended, and why.
type exit struct {
	name    string
	command *exec.Cmd
	err     error
}

// newChildren records the calling process as supervisor.
func newChildren(l layout) (*children, error) {
	self, err := identify(supervisorName, os.Getpid())
	if err != nil {
		return nil, err
	}
	c := &children{layout: l, all: []process{self}, exited: make(chan exit, 16)}
	return c, writePids(l.pids(), c.all)
}

// start runs a program with its output in the log of that name.
//
// The kernel kills the child when the thread that started it ends, so this
// must be called on the main thread (main locks its goroutine to it), which
// lives as long as the process: kill -9 of the supervisor ends every child.
// A group of its own keeps a terminal's Ctrl-C from reaching the child before
// the supervisor.
func (c *children) start(name, program string, args ...string) error {
	log, err := os.OpenFile(c.layout.log(name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	command := exec.Command(program, args...)
	command.Dir = c.layout.dir
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := command.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", name, err)
	}
	c.running = append(c.running, command)
	if p, err := identify(name, command.Process.Pid); err == nil {
		c.all = append(c.all, p)
	}
	go func() {
		err := command.Wait()
		c.exited <- exit{name, command, fmt.Errorf("%s ended: %v\n%s", name, err, tail(c.layout.log(name)))}
	}()
	return writePids(c.layout.pids(), c.all)
}

// revive starts a child that ended again, as it was started; see start.
func (c *children) revive(ended exit) error {
	c.running = slices.DeleteFunc(c.running, func(one *exec.Cmd) bool { return one == ended.command })
	c.all = slices.DeleteFunc(c.all, func(one process) bool { return one.name == ended.name })
	return c.start(ended.name, ended.command.Path, ended.command.Args[1:]...)
}

// kill ends all children at once: nothing that they hold is kept.
func (c *children) kill() {
	for _, command := range c.running {
		_ = command.Process.Kill()
	}
	for range c.running {
		<-c.exited
	}
	c.running = nil
}

// tail is the end of a log, for the error message.
func tail(path string) string {
	const lines = 15
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	all := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
