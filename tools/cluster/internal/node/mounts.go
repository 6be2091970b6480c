package node

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"phasma.dev/tools/cluster/internal/layout"
)

// stateFolders are the default paths of the node's programs, each covered by a
// folder of the cache, so that no program needs to know of another path and
// nothing stays behind on the host.
func stateFolders(l layout.Layout) map[string]string {
	return map[string]string{
		"/var/lib/kubelet":    l.State("kubelet"),
		"/var/lib/cni":        l.State("cni"),
		"/var/log/pods":       l.State("pod-logs"),
		"/var/log/containers": l.State("container-logs"),
		"/var/lib/containerd": l.Images(),
	}
}

// MountPoints are the folders that must exist on the host to be covered.
func MountPoints(l layout.Layout) []string {
	var paths []string
	for path := range stateFolders(l) {
		paths = append(paths, path)
	}
	return paths
}

// mount makes the mount namespace the node's own. What it mounts vanishes with
// the namespace.
func mount(l layout.Layout) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("part from the host's mounts: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	// Pods get their volumes by mounts that spread from the node's.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, ""); err != nil {
		return fmt.Errorf("share mounts with pods: %w", err)
	}
	if err := unix.Mount("tmpfs", "/run", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return fmt.Errorf("mount /run: %w", err)
	}
	for path, folder := range stateFolders(l) {
		if err := cover(path, folder); err != nil {
			return err
		}
	}
	return nil
}

func cover(path, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(folder, path, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("cover %s: %w", path, err)
	}
	return nil
}
