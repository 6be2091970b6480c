// Command phasma-cluster runs a real Kubernetes on one machine without a
// container engine, and an API server alone for tests.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"phasma.dev/tools/cluster/internal/apiserver"
	"phasma.dev/tools/cluster/internal/layout"
)

func main() {
	err := root().Execute()
	var exit *exec.ExitError
	switch {
	case err == nil:
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		os.Exit(exit.ExitCode())
	default:
		fmt.Fprintln(os.Stderr, "phasma-cluster:", err)
		os.Exit(1)
	}
}

func root() *cobra.Command {
	command := &cobra.Command{
		Use:           "phasma-cluster",
		Short:         "A real Kubernetes on this machine, reached through 127.0.0.1 only",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	command.AddCommand(apiserverCommand())
	return command
}

func apiserverCommand() *cobra.Command {
	command := &cobra.Command{Use: "apiserver", Short: "An API server without nodes"}
	exec := &cobra.Command{
		Use:   "exec -- COMMAND [ARGUMENT...]",
		Short: "Run a command with KUBECONFIG and KUBECTL set to a fresh API server, then end that",
		Args:  cobra.MinimumNArgs(1),
	}
	controllers := exec.Flags().String("controllers", "", "controllers to run beside it, as kube-controller-manager names them (\"*\" for all)")
	exec.RunE = func(_ *cobra.Command, args []string) error {
		l, err := layout.Default()
		if err != nil {
			return err
		}
		return apiserver.Exec(l, *controllers, args)
	}
	command.AddCommand(exec)
	return command
}
