package node

import (
	"phasma.dev/tools/cluster/internal/control"
	"phasma.dev/tools/cluster/internal/layout"
	"phasma.dev/tools/cluster/internal/pki"
)

const etcdPort, etcdPeerPort = 2379, 2380

// program is one process of the node.
type program struct {
	name string
	path string
	args []string
}

// first are the programs that wait for no other.
func first(l layout.Layout) []program {
	return []program{
		{"etcd", l.Program("etcd"), control.Etcd(l.State("etcd"), etcdPort, etcdPeerPort)},
		{"containerd", "containerd", []string{"--config=" + l.Config("containerd.toml"), "--log-level=warn"}},
		{"kube-apiserver", l.Program("kube-apiserver"), apiServer(pki.Folder(l.PKI()))},
	}
}

// then are the programs that need the API server.
func then(l layout.Layout) []program {
	return []program{
		{controllerManager, l.Program(controllerManager), append(
			control.ControllerManager(pki.Folder(l.PKI()), kubeconfig(l, controllerManager)),
			"--flex-volume-plugin-dir=/run/flex", // the default is outside of what the node owns
		)},
		{scheduler, l.Program(scheduler), []string{
			"--kubeconfig=" + kubeconfig(l, scheduler), "--leader-elect=false", "--bind-address=127.0.0.1",
		}},
		{kubelet, l.Program(kubelet), []string{
			"--kubeconfig=" + kubeconfig(l, kubelet), "--config=" + l.Config("kubelet.yaml"),
			"--hostname-override=" + Name, "--node-ip=" + Address, "--cert-dir=/run/kubelet-pki",
		}},
		{kubeProxy, l.Program(kubeProxy), []string{"--config=" + l.Config("kube-proxy.yaml")}},
	}
}

func apiServer(folder pki.Folder) []string {
	return append(control.APIServer(folder, etcdPort),
		"--advertise-address="+Address,
		"--kubelet-certificate-authority="+folder.Certificate(pki.AuthorityName),
		"--kubelet-client-certificate="+folder.Certificate(control.KubeletClient),
		"--kubelet-client-key="+folder.Key(control.KubeletClient),
		"--kubelet-preferred-address-types=InternalIP",
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
	)
}
