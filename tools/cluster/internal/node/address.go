// Package node is the one node of the cluster, seen from inside its own
// network, mount and process namespaces.
//
// Nothing leads out of its network: the only way in are listening sockets that
// the host opened before and handed over.
package node

// Addresses inside the node's network. They mean nothing on the host.
const (
	Name      = "node"
	Address   = "10.99.0.1"
	APIServer = Address + ":6443"
	DNS       = "10.96.0.10"
	podRange  = "10.244.0.0/24"
)
