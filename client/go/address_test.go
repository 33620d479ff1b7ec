package wheelhouse

import (
	"os"
	"testing"
)

// The rule of the command line (client/cli/connection), and of the Python package.
func TestRuleWithoutAnAddressTheDaemonIsWhereItListensByDefault(t *testing.T) {
	t.Setenv("WHEELHOUSE_SERVER", "host:1")
	t.Setenv("XDG_RUNTIME_DIR", "/run/user/7")
	if server, err := defaultServer(); server != "host:1" || err != nil {
		t.Error(server, err)
	}
	t.Setenv("WHEELHOUSE_SERVER", "")
	want := "unix:///run/user/7/wheelhouse/wheelhouse.sock"
	if os.Geteuid() == 0 {
		want = "unix:///run/wheelhouse/wheelhouse.sock"
	}
	if server, err := defaultServer(); server != want || err != nil {
		t.Error(server, err)
	}
	t.Setenv("XDG_RUNTIME_DIR", "")
	if server, err := defaultServer(); os.Geteuid() != 0 && err == nil {
		t.Error(server)
	}
}
