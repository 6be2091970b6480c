// Command phasma-cluster runs a real Kubernetes on one machine without a
// container engine, and an API server alone for tests.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"phasma.dev/tools/cluster/internal/apiserver"
	"phasma.dev/tools/cluster/internal/host"
	"phasma.dev/tools/cluster/internal/layout"
	"phasma.dev/tools/cluster/internal/node"
	"phasma.dev/tools/cluster/internal/proxy"
)

func main() {
	err := root().ExecuteContext(context.Background())
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
	command.AddCommand(
		action("up", "Start the cluster, unless it runs and is well", func(ctx context.Context, l layout.Layout, _ []string) error {
			return host.Up(ctx, l, os.Stdout)
		}),
		action("down", "Remove the cluster and all that belongs to it", func(_ context.Context, l layout.Layout, _ []string) error {
			return host.Down(l)
		}),
		action("status", "Say whether the cluster is well, and list its pods", func(ctx context.Context, l layout.Layout, _ []string) error {
			return host.Status(ctx, l, os.Stdout)
		}),
		action("images", "List the images that the node has", func(ctx context.Context, l layout.Layout, _ []string) error {
			list, err := host.Images(ctx, l)
			fmt.Print(list)
			return err
		}),
		loadImageCommand(),
		removeSupersededCommand(),
		nodeCommand(),
		apiserverCommand(),
	)
	return command
}

// action is a command without flags on the one local cluster.
func action(use, short string, run func(context.Context, layout.Layout, []string) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(c *cobra.Command, args []string) error {
		l, err := layout.Default()
		if err != nil {
			return err
		}
		return run(c.Context(), l, args)
	}}
}

func loadImageCommand() *cobra.Command {
	command := action("load-image FILE...", "Load image archives into the node", func(ctx context.Context, l layout.Layout, files []string) error {
		for _, file := range files {
			if err := host.LoadImage(ctx, l, file); err != nil {
				return err
			}
		}
		return nil
	})
	command.Args = cobra.MinimumNArgs(1)
	return command
}

func removeSupersededCommand() *cobra.Command {
	command := action("remove-superseded CURRENT...", "Remove images of the same repositories with other tags", host.RemoveSuperseded)
	command.Args = cobra.MinimumNArgs(1)
	return command
}

// nodeCommand is what runs inside the namespaces.
func nodeCommand() *cobra.Command {
	var forwards []string
	command := action("node", "Be the node, inside its namespaces", func(ctx context.Context, l layout.Layout, _ []string) error {
		var parsed []proxy.Forward
		for _, text := range forwards {
			forward, err := proxy.Parse(text)
			if err != nil {
				return err
			}
			parsed = append(parsed, forward)
		}
		return node.Run(ctx, l, parsed)
	})
	command.Hidden = true
	command.Flags().StringArrayVar(&forwards, "forward", nil, "FD=ADDRESS:PORT of an inherited listener")
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
