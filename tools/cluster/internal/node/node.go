package node

import (
	"context"
	"fmt"
	"log"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"phasma.dev/tools/cluster/internal/layout"
	"phasma.dev/tools/cluster/internal/netpol"
	"phasma.dev/tools/cluster/internal/proc"
	"phasma.dev/tools/cluster/internal/provision"
	"phasma.dev/tools/cluster/internal/proxy"
)

// Run sets up the namespaces it finds itself in, starts every program of the
// node and serves until the first of them ends. It returns why.
func Run(ctx context.Context, l layout.Layout, forwards []proxy.Forward) error {
	if err := mount(l); err != nil {
		return err
	}
	if err := connect(); err != nil {
		return err
	}
	if err := writeConfig(l); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, forward := range forwards {
		group.Go(func() error { return forward.Serve(ctx) })
	}
	group.Go(func() error { return serve(ctx, group, l) })
	return group.Wait()
}

// serve starts the programs in their order and what this process does itself.
func serve(ctx context.Context, group *errgroup.Group, l layout.Layout) error {
	started, err := startAll(ctx, group, l, first(l))
	if err != nil {
		return err
	}
	client, err := connectAPI(ctx, l, started)
	if err != nil {
		return err
	}
	if _, err := startAll(ctx, group, l, then(l)); err != nil {
		return err
	}
	group.Go(func() error { return netpol.Enforce(ctx, client, podRange) })
	group.Go(func() error { return provision.Run(ctx, client, l.State("volumes")) })
	return nil
}

func startAll(ctx context.Context, group *errgroup.Group, l layout.Layout, programs []program) ([]*proc.Process, error) {
	var started []*proc.Process
	for _, p := range programs {
		process, err := proc.Start(l.Logs(), p.name, p.path, p.args...)
		if err != nil {
			return nil, err
		}
		started = append(started, process)
		group.Go(func() error {
			select {
			case <-ctx.Done():
				return nil
			case <-process.Done():
				return process.Failure()
			}
		})
	}
	return started, nil
}

func connectAPI(ctx context.Context, l layout.Layout, needs []*proc.Process) (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig(l, "admin"))
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	start := time.Now()
	err = proc.Until(ctx, "API server ready", func() error {
		return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	}, needs...)
	if err != nil {
		return nil, fmt.Errorf("the API server does not answer: %w", err)
	}
	log.Printf("API server ready after %v", time.Since(start).Round(time.Millisecond))
	return client, nil
}
