package pki

import (
	"os"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// WriteKubeconfig writes a kubeconfig that needs no other file: the server's
// address, the authority, and the named certificate as the user.
func (f Folder) WriteKubeconfig(path, context, server, user string) error {
	authority, err := os.ReadFile(f.Certificate(AuthorityName))
	if err != nil {
		return err
	}
	certificate, err := os.ReadFile(f.Certificate(user))
	if err != nil {
		return err
	}
	key, err := os.ReadFile(f.Key(user))
	if err != nil {
		return err
	}
	config := api.NewConfig()
	config.Clusters[context] = &api.Cluster{Server: server, CertificateAuthorityData: authority}
	config.AuthInfos[user] = &api.AuthInfo{ClientCertificateData: certificate, ClientKeyData: key}
	config.Contexts[context] = &api.Context{Cluster: context, AuthInfo: user}
	config.CurrentContext = context
	return clientcmd.WriteToFile(*config, path)
}
