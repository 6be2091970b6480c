package host

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"phasma.dev/tools/cluster/internal/archive"
	"phasma.dev/tools/cluster/internal/layout"
	"phasma.dev/tools/cluster/internal/node"
)

// LoadImage imports an image archive into the running node.
func LoadImage(ctx context.Context, l layout.Layout, file string) error {
	_, err := ctr(ctx, l, "images", "import", file)
	return err
}

// Images lists the references of the node's images, one a line.
func Images(ctx context.Context, l layout.Layout) (string, error) {
	return ctr(ctx, l, "images", "list", "-q")
}

func ctr(ctx context.Context, l layout.Layout, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "ctr", append([]string{"--address", l.Socket(), "--namespace", "k8s.io"}, args...)...)
	var failure bytes.Buffer
	cmd.Stderr = &failure
	output, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("ctr %v: %w: %s", args, err, failure.String())
	}
	return string(output), nil
}

// ensureImage imports an image of one program unless the node has it.
func ensureImage(ctx context.Context, l layout.Layout, reference, program string) error {
	present, err := ctr(ctx, l, "images", "list", "-q", "name=="+reference)
	if err != nil || present != "" {
		return err
	}
	file := filepath.Join(l.Root, "run", program+".tar")
	defer os.Remove(file)
	image := archive.Image{Reference: reference, Entrypoint: []string{"/" + program}, User: "65532:65532"}
	if err := archive.FromFiles(file, image, map[string]string{program: l.Program(program)}); err != nil {
		return err
	}
	return LoadImage(ctx, l, file)
}

// dnsImage is named after its content, so a new build is a new image.
func dnsImage(l layout.Layout) (string, error) {
	file, err := os.Open(l.Program("coredns"))
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return fmt.Sprintf("localhost/phasma-cluster/coredns:%x", sum.Sum(nil)[:6]), nil
}

func ensureOwnImages(ctx context.Context, l layout.Layout, dns string) error {
	if err := ensureImage(ctx, l, node.PauseImage, "pause"); err != nil {
		return err
	}
	return ensureImage(ctx, l, dns, "coredns")
}
