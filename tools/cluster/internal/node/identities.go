package node

import (
	"fmt"
	"path/filepath"

	"phasma.dev/tools/cluster/internal/control"
	"phasma.dev/tools/cluster/internal/layout"
	"phasma.dev/tools/cluster/internal/pki"
)

// Programs with an identity of their own.
const (
	controllerManager = "kube-controller-manager"
	scheduler         = "kube-scheduler"
	kubeProxy         = "kube-proxy"
	kubelet           = "kubelet"
)

// identities are the certificates of the whole cluster.
var identities = []pki.Leaf{
	{
		Name: control.ServerCertificate, CommonName: "kube-apiserver",
		Addresses: []string{"127.0.0.1", Address, "10.96.0.1"},
		Hosts: []string{
			"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
		},
	},
	{Name: control.KubeletClient, CommonName: control.KubeletClient, Organization: "system:masters"},
	{Name: control.Admin, CommonName: "phasma-local-admin", Organization: "system:masters"},
	{Name: controllerManager, CommonName: "system:kube-controller-manager"},
	{Name: scheduler, CommonName: "system:kube-scheduler"},
	{Name: kubeProxy, CommonName: "system:kube-proxy"},
	{Name: kubelet, CommonName: "system:node:" + Name, Organization: "system:nodes", Addresses: []string{Address}, Hosts: []string{Name}},
}

// inside are the identities used within the node's network.
var inside = []string{control.Admin, controllerManager, scheduler, kubeProxy, kubelet}

func kubeconfig(l layout.Layout, identity string) string {
	return filepath.Join(l.PKI(), identity+".kubeconfig")
}

// EnsureIdentities makes certificates and kubeconfigs: those of the node's
// programs, and the administrator's for the host.
func EnsureIdentities(l layout.Layout, context, hostAddress string) error {
	folder := pki.Folder(l.PKI())
	if _, err := folder.Ensure(identities); err != nil {
		return fmt.Errorf("certificates: %w", err)
	}
	for _, identity := range inside {
		if err := folder.WriteKubeconfig(kubeconfig(l, identity), context, "https://"+APIServer, identity); err != nil {
			return err
		}
	}
	return folder.WriteKubeconfig(l.Kubeconfig(), context, "https://"+hostAddress, control.Admin)
}
