// Package host starts, watches and removes the local cluster from outside its
// namespaces. Up and Down may be called at any time, in any state.
package host

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"phasma.dev/tools/cluster/internal/layout"
	"phasma.dev/tools/cluster/internal/node"
)

const (
	// Context is the kubeconfig's name for the cluster.
	Context = "phasma-local"
	// APIAddress is where the host reaches the API server.
	APIAddress = "127.0.0.1:16443"
	// FrontendAddress is where the host reaches FrontendNodePort.
	FrontendAddress  = "127.0.0.1:8080"
	frontendNodePort = node.Address + ":30080"

	startTimeout = 3 * time.Minute
	stopTimeout  = 20 * time.Second
)

// forwards are the only ways into the node's network.
var forwards = []struct{ listen, target string }{
	{APIAddress, node.APIServer},
	{FrontendAddress, frontendNodePort},
}

// Up starts the cluster unless it runs and is well.
func Up(ctx context.Context, l layout.Layout, out io.Writer) error {
	if err := checkRequirements(); err != nil {
		return err
	}
	if healthy(ctx, l) == nil {
		fmt.Fprintf(out, "cluster is up: %s\n", l.Kubeconfig())
		return nil
	}
	if err := Down(l); err != nil {
		return fmt.Errorf("remove what was left: %w", err)
	}
	progress := newProgress(out)
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := start(ctx, l, progress); err != nil {
		explain(out, l)
		_ = stop(l)
		return err
	}
	progress.step("cluster is up: KUBECONFIG=" + l.Kubeconfig())
	return nil
}

func start(ctx context.Context, l layout.Layout, progress *progress) error {
	if err := node.EnsureIdentities(l, Context, APIAddress); err != nil {
		return err
	}
	if err := systemCgroups.create(); err != nil {
		return err
	}
	ended, err := launch(l)
	if err != nil {
		return err
	}
	return bringUp(ctx, l, progress, ended)
}

// launch starts the node in namespaces of its own, with the open listeners.
func launch(l layout.Layout) (<-chan error, error) {
	made, err := makeMountPoints(l)
	if err != nil {
		return nil, err
	}
	record := running{Made: made}
	if err := record.save(l); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(l.Logs(), "node.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd, err := nodeCommand(log)
	if err != nil {
		return nil, err
	}
	err = cmd.Start()
	for _, file := range cmd.ExtraFiles {
		file.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("start the node: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	record.PID = cmd.Process.Pid
	if record.Started, err = startTime(record.PID); err != nil {
		return nil, fmt.Errorf("the node ended at once: %w", err)
	}
	return ended, record.save(l)
}

// nodeCommand is tini, which collects orphans, with the node below it.
func nodeCommand(log *os.File) (*exec.Cmd, error) {
	own, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("tini", "--", own, "node")
	for i, forward := range forwards {
		file, err := listen(forward.listen)
		if err != nil {
			return nil, err
		}
		cmd.ExtraFiles = append(cmd.ExtraFiles, file)
		cmd.Args = append(cmd.Args, fmt.Sprintf("--forward=%d=%s", 3+i, forward.target))
	}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid:     true,
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID,
	}
	return cmd, nil
}

func listen(address string) (*os.File, error) {
	listener, err := net.Listen("tcp4", address)
	if err != nil {
		return nil, fmt.Errorf("the cluster needs %s for itself: %w", address, err)
	}
	defer listener.Close()
	return listener.(*net.TCPListener).File()
}

// makeMountPoints makes the folders that the node covers and its own; it
// returns those of the former that were not there before.
func makeMountPoints(l layout.Layout) ([]string, error) {
	for _, own := range []string{l.Logs(), filepath.Dir(l.Socket()), l.State(), l.Images()} {
		if err := os.MkdirAll(own, 0o755); err != nil {
			return nil, err
		}
	}
	var made []string
	for _, path := range node.MountPoints(l) {
		if _, err := os.Stat(path); err == nil {
			continue
		}
		if err := os.MkdirAll(path, 0o755); err != nil {
			return nil, err
		}
		made = append(made, path)
	}
	return made, nil
}
