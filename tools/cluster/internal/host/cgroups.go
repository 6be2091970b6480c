package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"phasma.dev/tools/cluster/internal/node"
)

// A cgroupTree is where the kernel's cgroups are mounted, of either version.
type cgroupTree string

const systemCgroups cgroupTree = "/sys/fs/cgroup"

// roots are the node's one cgroup in each hierarchy: all pods are below it.
func (t cgroupTree) roots() ([]string, error) {
	if t.unified() {
		return []string{filepath.Join(string(t), node.CgroupRoot)}, nil
	}
	entries, err := os.ReadDir(string(t))
	if err != nil {
		return nil, err
	}
	var roots []string
	for _, entry := range entries {
		if entry.IsDir() && entry.Name() != "unified" {
			roots = append(roots, filepath.Join(string(t), entry.Name(), node.CgroupRoot))
		}
	}
	return roots, nil
}

func (t cgroupTree) unified() bool {
	_, err := os.Stat(filepath.Join(string(t), "cgroup.controllers"))
	return err == nil
}

func (t cgroupTree) create() error {
	roots, err := t.roots()
	if err != nil {
		return err
	}
	for _, root := range roots {
		if err := os.MkdirAll(root, 0o755); err != nil {
			return fmt.Errorf("cgroup: %w", err)
		}
		if err := inheritCPUs(root); err != nil {
			return err
		}
	}
	if t.unified() {
		return t.delegate()
	}
	return nil
}

// inheritCPUs copies the parent's processors: a new cpuset of version 1 has
// none, and nothing can run in it.
func inheritCPUs(root string) error {
	for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
		value, err := os.ReadFile(filepath.Join(filepath.Dir(root), name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(root, name), value, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// delegate turns every controller on for the node's cgroup (version 2).
func (t cgroupTree) delegate() error {
	available, err := os.ReadFile(filepath.Join(string(t), "cgroup.controllers"))
	if err != nil {
		return err
	}
	wanted := "+" + strings.Join(strings.Fields(string(available)), " +")
	return os.WriteFile(filepath.Join(string(t), "cgroup.subtree_control"), []byte(wanted), 0o644)
}

// remove waits until the kernel lets the cgroups of ended processes go.
func (t cgroupTree) remove(deadline time.Time) error {
	roots, err := t.roots()
	if err != nil {
		return err
	}
	// Where both versions are mounted, runc makes one in the second's tree too.
	roots = append(roots, filepath.Join(string(t), "unified", node.CgroupRoot))
	for _, root := range roots {
		for err = removeTree(root); err != nil; err = removeTree(root) {
			if time.Now().After(deadline) {
				return fmt.Errorf("cgroup %s stays: %w", root, err)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	return nil
}

// removeTree removes the folders only, innermost first: the files in them are
// the kernel's.
func removeTree(root string) error {
	entries, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() {
			if err := removeTree(filepath.Join(root, entry.Name())); err != nil {
				return err
			}
		}
	}
	if err := os.Remove(root); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
