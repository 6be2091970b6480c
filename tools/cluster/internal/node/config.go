package node

import (
	"bytes"
	"embed"
	"os"
	"path/filepath"
	"text/template"

	"phasma.dev/tools/cluster/internal/layout"
	"phasma.dev/tools/cluster/internal/pki"
)

// PauseImage holds the network namespace of each pod.
const PauseImage = "localhost/phasma-cluster/pause:1"

// CgroupRoot is the one cgroup under which all pods are.
const CgroupRoot = "phasma"

//go:embed config/*
var templates embed.FS

// where each configuration file goes below the folder of configurations. The
// network configuration needs a folder of its own: containerd reads all in it.
var files = map[string]string{
	"containerd.toml": "containerd.toml",
	"kubelet.yaml":    "kubelet.yaml",
	"kube-proxy.yaml": "kube-proxy.yaml",
	"bridge.conflist": filepath.Join("cni", "10-bridge.conflist"),
}

type settingsOfFiles struct {
	Name, Address, DNS, PodRange, PauseImage, CgroupRoot string
	Socket, CNI, ResolvConf                              string
	Authority, KubeletCertificate, KubeletKey            string
	ProxyKubeconfig                                      string
}

func values(l layout.Layout) settingsOfFiles {
	folder := pki.Folder(l.PKI())
	return settingsOfFiles{
		Name: Name, Address: Address, DNS: DNS, PodRange: podRange,
		PauseImage: PauseImage, CgroupRoot: CgroupRoot,
		Socket: l.Socket(), CNI: l.Config("cni"), ResolvConf: l.Config("resolv.conf"),
		Authority:          folder.Certificate(pki.AuthorityName),
		KubeletCertificate: folder.Certificate(kubelet), KubeletKey: folder.Key(kubelet),
		ProxyKubeconfig: kubeconfig(l, kubeProxy),
	}
}

// writeConfig writes the configuration file of every program.
func writeConfig(l layout.Layout) error {
	for name, target := range files {
		text, err := render(name, values(l))
		if err != nil {
			return err
		}
		path := l.Config(target)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(l.Config("resolv.conf"), nil, 0o644) // no name server but the cluster's
}

func render(name string, values settingsOfFiles) ([]byte, error) {
	parsed, err := template.New(name).Option("missingkey=error").ParseFS(templates, "config/"+name)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = parsed.Execute(&text, values)
	return text.Bytes(), err
}
