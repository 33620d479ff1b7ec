// Command kube-sandbox is a Kubernetes control plane in one program. Its
// subcommands are the components, kubectl (also by that name), and up and
// down, which run them together.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"
)

// children.start needs the main thread to be that of main's goroutine.
func init() { runtime.LockOSThread() }

func main() {
	if filepath.Base(os.Args[0]) == "kubectl" {
		runKubectl()
		return
	}
	if len(os.Args) > 1 {
		if component, ok := components[os.Args[1]]; ok {
			// A component's command reads its own flags, as if it were
			// called by its name.
			os.Args = os.Args[1:]
			runtime.UnlockOSThread()
			component()
			return
		}
	}
	root := &cobra.Command{Use: "kube-sandbox", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(newUpCommand(), newDownCommand(), newSuperviseCommand(), newEtcdCommand(), newKwokCommand())
	if err := root.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
}
