package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// layout names the files of one sandbox's directory. Everything that a
// sandbox writes is below it.
type layout struct{ dir string }

func (l layout) path(name ...string) string {
	return filepath.Join(append([]string{l.dir}, name...)...)
}

// Files that tests may use.
func (l layout) kubeconfig() string      { return l.path("kubeconfig") }
func (l layout) caCert() string          { return l.path("ca.crt") }
func (l layout) caKey() string           { return l.path("ca.key") }
func (l layout) env() string             { return l.path("env") }
func (l layout) pids() string            { return l.path("pids") }
func (l layout) log(name string) string  { return l.path("logs", name+".log") }
func (l layout) pki(name string) string  { return l.path("pki", name) }
func (l layout) program() string         { return l.path("kube-sandbox") }
func (l layout) data(name string) string { return l.path("data", name) }

// marker tells a sandbox's directory from any other: only a directory that
// carries it is ever emptied.
func (l layout) marker() string { return l.path(".wheelhouse-sandbox") }

// prepare makes the directory an empty sandbox directory. It refuses one that
// holds anything else.
func (l layout) prepare() error {
	if err := l.empty(); err != nil {
		return err
	}
	if err := os.WriteFile(l.marker(), nil, 0o600); err != nil {
		return err
	}
	// down uses the program that the sandbox was started with, also when the
	// tree has changed since.
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.Symlink(self, l.program()); err != nil {
		return err
	}
	for _, name := range []string{"logs", "pki", "data"} {
		if err := os.Mkdir(l.path(name), 0o700); err != nil {
			return err
		}
	}
	return nil
}

// empty removes what a sandbox left in the directory, the marker last.
func (l layout) empty() error {
	entries, err := os.ReadDir(l.dir)
	if err != nil {
		return err
	}
	if _, err := os.Stat(l.marker()); err != nil && len(entries) > 0 {
		return fmt.Errorf("%s holds files but no sandbox: left as it is", l.dir)
	}
	for _, entry := range entries {
		if path := l.path(entry.Name()); path != l.marker() {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
		}
	}
	if err := os.Remove(l.marker()); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}
