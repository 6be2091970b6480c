// Package control holds the command lines of the control plane, for a whole
// node as well as for an API server alone.
package control

import (
	"fmt"

	"phasma.dev/tools/cluster/internal/pki"
)

// Certificates that every API server needs.
const (
	ServerCertificate = "apiserver"
	KubeletClient     = "apiserver-kubelet-client"
	Admin             = "admin"
)

// ServiceRange is the range of Service addresses.
const ServiceRange = "10.96.0.0/16"

// Etcd is etcd on loopback. What it holds is lost with the cluster anyway, so
// it does not wait for the disk.
func Etcd(data string, clientPort, peerPort int) []string {
	client := fmt.Sprintf("http://127.0.0.1:%d", clientPort)
	peer := fmt.Sprintf("http://127.0.0.1:%d", peerPort)
	return []string{
		"--name=default",
		"--data-dir=" + data,
		"--listen-client-urls=" + client,
		"--advertise-client-urls=" + client,
		"--listen-peer-urls=" + peer,
		"--initial-advertise-peer-urls=" + peer,
		"--initial-cluster=default=" + peer,
		"--unsafe-no-fsync",
		"--log-level=warn",
	}
}

// APIServer is what all API servers have in common.
func APIServer(folder pki.Folder, etcdPort int) []string {
	tokenKey := folder.Key(pki.TokenKeyName)
	return []string{
		fmt.Sprintf("--etcd-servers=http://127.0.0.1:%d", etcdPort),
		"--service-cluster-ip-range=" + ServiceRange,
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + tokenKey,
		"--service-account-signing-key-file=" + tokenKey,
		"--client-ca-file=" + folder.Certificate(pki.AuthorityName),
		"--tls-cert-file=" + folder.Certificate(ServerCertificate),
		"--tls-private-key-file=" + folder.Key(ServerCertificate),
		"--allow-privileged=true",
	}
}

// ControllerManager runs the built-in controllers. The raised limits let them
// all start within a second.
func ControllerManager(folder pki.Folder, kubeconfig string) []string {
	return []string{
		"--kubeconfig=" + kubeconfig,
		"--use-service-account-credentials",
		"--service-account-private-key-file=" + folder.Key(pki.TokenKeyName),
		"--root-ca-file=" + folder.Certificate(pki.AuthorityName),
		"--kube-api-qps=200",
		"--kube-api-burst=400",
		"--leader-elect=false",
		"--bind-address=127.0.0.1",
	}
}
