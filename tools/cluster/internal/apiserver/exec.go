package apiserver

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"phasma.dev/tools/cluster/internal/layout"
)

// Exec runs a command with KUBECONFIG and KUBECTL set, and ends the API server
// after it. Its error is the command's own when the command failed.
func Exec(l layout.Layout, controllers string, command []string) error {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	server, err := Start(ctx, l, controllers)
	if err != nil {
		return err
	}
	defer server.Stop()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = grace
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "KUBECONFIG="+server.Kubeconfig, "KUBECTL="+l.Program("kubectl"))
	return cmd.Run()
}
