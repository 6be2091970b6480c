package netpol

import (
	"context"
	"fmt"
	"log"
	"os/exec"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

const retry = 2 * time.Second

// Enforce keeps the node's table equal to the cluster's policies until the
// context ends. It acts on every change of a pod, namespace or policy.
func Enforce(ctx context.Context, client kubernetes.Interface, podRange string) error {
	factory := informers.NewSharedInformerFactory(client, 0)
	changed := make(chan struct{}, 1)
	core, networking := factory.Core().V1(), factory.Networking().V1()
	for _, informer := range []cache.SharedIndexInformer{
		core.Pods().Informer(), core.Namespaces().Informer(), networking.NetworkPolicies().Informer(),
	} {
		if _, err := informer.AddEventHandler(notify(changed)); err != nil {
			return err
		}
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	applied := ""
	for {
		rules, err := current(factory, podRange)
		if err == nil && rules != applied {
			err = load(ctx, rules)
		}
		if err == nil {
			applied = rules
		}
		if !wait(ctx, changed, err) {
			return ctx.Err()
		}
	}
}

// notify remembers that something changed, however often it did.
func notify(changed chan<- struct{}) cache.ResourceEventHandler {
	signal := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { signal() },
		UpdateFunc: func(any, any) { signal() },
		DeleteFunc: func(any) { signal() },
	}
}

func current(factory informers.SharedInformerFactory, podRange string) (string, error) {
	var c Cluster
	var err error
	if c.Pods, err = factory.Core().V1().Pods().Lister().List(labels.Everything()); err != nil {
		return "", err
	}
	if c.Namespaces, err = factory.Core().V1().Namespaces().Lister().List(labels.Everything()); err != nil {
		return "", err
	}
	if c.Policies, err = factory.Networking().V1().NetworkPolicies().Lister().List(labels.Everything()); err != nil {
		return "", err
	}
	return Render(podRange, Addresses(c), Compile(c)), nil
}

// wait returns at the next change, or after a while when the last load failed.
func wait(ctx context.Context, changed <-chan struct{}, failure error) bool {
	var again <-chan time.Time
	if failure != nil {
		log.Printf("netpol: %v", failure)
		again = time.After(retry)
	}
	select {
	case <-ctx.Done():
		return false
	case <-changed:
	case <-again:
	}
	return true
}

// load replaces the table in one transaction: there is no moment without it.
func load(ctx context.Context, rules string) error {
	cmd := exec.CommandContext(ctx, "nft", "-f", "-")
	cmd.Stdin = strings.NewReader(rules)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, output)
	}
	return nil
}
