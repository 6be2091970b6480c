package host

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"text/template"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"phasma.dev/tools/cluster/internal/layout"
	"phasma.dev/tools/cluster/internal/node"
)

//go:embed manifests/*.yaml
var manifests embed.FS

// A stage of starting: an act to do once and a condition to wait for.
type stage struct {
	name string
	act  func(context.Context) error
	done func(context.Context) error
}

// bringUp does the stages in their order while the node lives.
func bringUp(ctx context.Context, l layout.Layout, progress *progress, ended <-chan error) error {
	client, err := connect(l)
	if err != nil {
		return err
	}
	dns, err := dnsImage(l)
	if err != nil {
		return err
	}
	nothing := func(context.Context) error { return nil }
	for _, s := range []stage{
		{"containerd answers", nothing, func(ctx context.Context) error { _, err := ctr(ctx, l, "version"); return err }},
		{"own images loaded", func(ctx context.Context) error { return ensureOwnImages(ctx, l, dns) }, nothing},
		{"API server ready", nothing, apiReady(client)},
		{"DNS and storage class applied", func(ctx context.Context) error { return applyBase(ctx, l, dns) }, nothing},
		{"node ready", nothing, nodeReady(client)},
		{"default service account", nothing, defaultAccount(client)},
		{"DNS ready", nothing, dnsReady(client)},
	} {
		if err := s.run(ctx, ended); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		progress.step(s.name)
	}
	return nil
}

func (s stage) run(ctx context.Context, ended <-chan error) error {
	if err := s.act(ctx); err != nil {
		return err
	}
	for {
		last := s.done(ctx)
		if last == nil {
			return nil
		}
		select {
		case err := <-ended:
			return fmt.Errorf("the node ended: %w", err)
		case <-ctx.Done():
			return errors.Join(ctx.Err(), last)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func connect(l layout.Layout) (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", l.Kubeconfig())
	if err != nil {
		return nil, err
	}
	return kubernetes.NewForConfig(config)
}

func apiReady(client kubernetes.Interface) func(context.Context) error {
	return func(ctx context.Context) error {
		return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	}
}

func nodeReady(client kubernetes.Interface) func(context.Context) error {
	return func(ctx context.Context) error {
		found, err := client.CoreV1().Nodes().Get(ctx, node.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		for _, condition := range found.Status.Conditions {
			if condition.Type == corev1.NodeReady && condition.Status != corev1.ConditionTrue {
				return errors.New(condition.Message)
			}
			if condition.Type == corev1.NodeReady {
				return nil
			}
		}
		return errors.New("the node says nothing about itself")
	}
}

func defaultAccount(client kubernetes.Interface) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
		return err
	}
}

func dnsReady(client kubernetes.Interface) func(context.Context) error {
	return func(ctx context.Context) error {
		deployment, err := client.AppsV1().Deployments("kube-system").Get(ctx, "coredns", metav1.GetOptions{})
		if err != nil {
			return err
		}
		return available(deployment)
	}
}

func available(d *appsv1.Deployment) error {
	if d.Status.ObservedGeneration < d.Generation || d.Status.AvailableReplicas < 1 || d.Status.UnavailableReplicas > 0 {
		return fmt.Errorf("%s: %d pods available", d.Name, d.Status.AvailableReplicas)
	}
	return nil
}

// healthy tells what is missing from a cluster that is wholly up.
func healthy(ctx context.Context, l layout.Layout) error {
	record, err := load(l)
	if err != nil {
		return err
	}
	if !record.alive() {
		return errors.New("the cluster is down")
	}
	client, err := connect(l)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, condition := range []func(context.Context) error{apiReady(client), nodeReady(client), dnsReady(client)} {
		if err := condition(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Status writes whether the cluster is well, and its pods.
func Status(ctx context.Context, l layout.Layout, out io.Writer) error {
	if err := healthy(ctx, l); err != nil {
		return err
	}
	fmt.Fprintf(out, "up: KUBECONFIG=%s context %s\n", l.Kubeconfig(), Context)
	cmd := exec.CommandContext(ctx, l.Program("kubectl"), "--kubeconfig", l.Kubeconfig(), "get", "pods", "--all-namespaces")
	cmd.Stdout, cmd.Stderr = out, out
	return cmd.Run()
}

// applyBase applies what every cluster has: DNS and a storage class.
func applyBase(ctx context.Context, l layout.Layout, dns string) error {
	parsed, err := template.ParseFS(manifests, "manifests/*.yaml")
	if err != nil {
		return err
	}
	var text bytes.Buffer
	for _, t := range parsed.Templates() {
		text.WriteString("\n---\n")
		if err := t.Execute(&text, map[string]string{"DNS": node.DNS, "Image": dns}); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, l.Program("kubectl"), "--kubeconfig", l.Kubeconfig(), "apply", "--server-side", "-f", "-")
	cmd.Stdin = &text
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("kubectl apply: %w: %s", err, output)
	}
	return nil
}
