package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a process that cannot be mistaken for a later one with the same
// id: its start time (clock ticks since boot) is part of it.
type process struct {
	name  string
	pid   int
	start uint64
}

const supervisorName = "supervisor"

func identify(name string, pid int) (process, error) {
	state, start, err := readStat(pid)
	if err != nil {
		return process{}, err
	}
	if state == 'Z' || state == 'X' {
		return process{}, fmt.Errorf("%s (pid %d) has ended", name, pid)
	}
	return process{name, pid, start}, nil
}

func (p process) alive() bool {
	state, start, err := readStat(p.pid)
	return err == nil && start == p.start && state != 'Z' && state != 'X'
}

// signal reaches only the very process that was recorded.
func (p process) signal(sig syscall.Signal) {
	if p.alive() {
		_ = syscall.Kill(p.pid, sig)
	}
}

// waitGone polls: the process need not be our child.
func (p process) waitGone(limit time.Duration) bool {
	for deadline := time.Now().Add(limit); p.alive(); {
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(20 * time.Millisecond)
	}
	return true
}

// readStat reads state (field 3) and start time (field 22) of /proc/PID/stat.
// The command name in between may hold spaces and parentheses, so fields are
// counted from its last parenthesis.
func readStat(pid int) (state byte, start uint64, err error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, err
	}
	text := string(data)
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 20 {
		return 0, 0, fmt.Errorf("/proc/%d/stat: %d fields", pid, len(fields))
	}
	start, err = strconv.ParseUint(fields[19], 10, 64)
	return fields[0][0], start, err
}

// writePids records processes, one per line: name, process id, start time.
func writePids(path string, all []process) error {
	var text strings.Builder
	for _, p := range all {
		fmt.Fprintf(&text, "%s %d %d\n", p.name, p.pid, p.start)
	}
	if err := os.WriteFile(path+".new", []byte(text.String()), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// readPids reads what writePids wrote; no file means no processes.
func readPids(path string) ([]process, error) {
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []process
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		var p process
		if _, err := fmt.Sscan(line, &p.name, &p.pid, &p.start); err != nil {
			return nil, fmt.Errorf("%s: %q: %w", path, line, err)
		}
		all = append(all, p)
	}
	return all, nil
}

// runningSupervisor returns the directory's supervisor if it is alive.
func runningSupervisor(l layout) (process, bool) {
	all, err := readPids(l.pids())
	if err != nil {
		return process{}, false
	}
	for _, p := range all {
		if p.name == supervisorName && p.alive() {
			return p, true
		}
	}
	return process{}, false
}
