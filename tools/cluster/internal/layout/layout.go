// Package layout says where the cluster keeps its files: everything lives in
// one folder of the cache, outside the checkout.
package layout

import (
	"os"
	"path/filepath"
)

// Layout is the folder that holds everything of one cluster.
type Layout struct{ Root string }

// Cache is the folder of everything the project builds or fetches once.
func Cache() (string, error) {
	if dir := os.Getenv("PHASMA_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	base, err := os.UserCacheDir()
	return filepath.Join(base, "phasma"), err
}

// Default is the layout of the one local cluster.
func Default() (Layout, error) {
	cache, err := Cache()
	return Layout{Root: filepath.Join(cache, "cluster")}, err
}

// Program is the path of a program built by this module.
func (l Layout) Program(name string) string { return filepath.Join(l.Root, "bin", name) }

// Logs holds one file for each process of the node.
func (l Layout) Logs() string { return filepath.Join(l.Root, "logs") }

// PKI holds the certificates and the kubeconfig of each component.
func (l Layout) PKI() string { return filepath.Join(l.Root, "pki") }

// Config holds the rendered configuration files.
func (l Layout) Config(parts ...string) string {
	return filepath.Join(append([]string{l.Root, "config"}, parts...)...)
}

// State is what lives as long as the cluster: etcd, kubelet, volumes.
func (l Layout) State(parts ...string) string {
	return filepath.Join(append([]string{l.Root, "state"}, parts...)...)
}

// Images is containerd's store, which outlives the cluster as a cache.
func (l Layout) Images() string { return filepath.Join(l.Root, "containerd") }

// Socket is containerd's, in a folder that the node and the host both see.
func (l Layout) Socket() string { return filepath.Join(l.Root, "run", "containerd.sock") }

// Running records the node's first process while the cluster is up.
func (l Layout) Running() string { return filepath.Join(l.Root, "run", "node.json") }

// Kubeconfig is the administrator's, for use from the host.
func (l Layout) Kubeconfig() string { return filepath.Join(l.Root, "kubeconfig") }
