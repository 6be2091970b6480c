// Package apiserver runs an API server and its etcd alone, without a node, on
// random ports of loopback and without root: what tests of a controller need.
package apiserver

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"phasma.dev/tools/cluster/internal/control"
	"phasma.dev/tools/cluster/internal/layout"
	"phasma.dev/tools/cluster/internal/pki"
	"phasma.dev/tools/cluster/internal/proc"
)

const (
	grace   = 5 * time.Second
	timeout = 60 * time.Second
)

// Server is a running API server.
type Server struct {
	Kubeconfig string
	dir        string
	ports      ports
	layout     layout.Layout
	processes  []*proc.Process
}

type ports struct{ etcd, peer, api, controllers int }

// Start starts an API server and waits until it is ready. The controllers
// named (as kube-controller-manager names them) run beside it.
func Start(ctx context.Context, l layout.Layout, controllers string) (*Server, error) {
	dir, err := os.MkdirTemp("", "phasma-apiserver-")
	if err != nil {
		return nil, err
	}
	s := &Server{Kubeconfig: filepath.Join(dir, "kubeconfig"), dir: dir, layout: l}
	if err := s.start(ctx, controllers); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, controllers string) error {
	var err error
	if s.ports, err = freePorts(); err != nil {
		return err
	}
	folder := pki.Folder(filepath.Join(s.dir, "pki"))
	if _, err := folder.Ensure(leaves); err != nil {
		return err
	}
	url := fmt.Sprintf("https://127.0.0.1:%d", s.ports.api)
	if err := folder.WriteKubeconfig(s.Kubeconfig, "phasma-apiserver", url, control.Admin); err != nil {
		return err
	}
	if err := s.run("etcd", control.Etcd(filepath.Join(s.dir, "etcd"), s.ports.etcd, s.ports.peer)); err != nil {
		return err
	}
	if err := s.run("kube-apiserver", s.apiServer(folder)); err != nil {
		return err
	}
	if controllers != "" {
		if err := s.run("kube-controller-manager", s.controllerManager(folder, controllers)); err != nil {
			return err
		}
	}
	return s.ready(ctx)
}

var leaves = []pki.Leaf{
	{Name: control.ServerCertificate, CommonName: "kube-apiserver", Addresses: []string{"127.0.0.1"}, Hosts: []string{"localhost"}},
	{Name: control.Admin, CommonName: "admin", Organization: "system:masters"},
}

func (s *Server) apiServer(folder pki.Folder) []string {
	return append(control.APIServer(folder, s.ports.etcd),
		"--bind-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", s.ports.api),
		"--authorization-mode=RBAC",
		// Nothing makes service accounts here, and no address is worth an endpoint.
		"--disable-admission-plugins=ServiceAccount",
		"--endpoint-reconciler-type=none",
	)
}

func (s *Server) controllerManager(folder pki.Folder, controllers string) []string {
	return append(control.ControllerManager(folder, s.Kubeconfig),
		"--controllers="+controllers,
		fmt.Sprintf("--secure-port=%d", s.ports.controllers),
		"--flex-volume-plugin-dir="+filepath.Join(s.dir, "flex"),
	)
}

func (s *Server) run(name string, args []string) error {
	p, err := proc.Start(s.dir, name, s.layout.Program(name), args...)
	if err == nil {
		s.processes = append(s.processes, p)
	}
	return err
}

func (s *Server) ready(ctx context.Context) error {
	config, err := clientcmd.BuildConfigFromFlags("", s.Kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return proc.Until(ctx, "API server ready", func() error {
		return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	}, s.processes...)
}

// Stop ends everything and removes its folder.
func (s *Server) Stop() {
	for i := len(s.processes) - 1; i >= 0; i-- {
		s.processes[i].Stop(grace)
	}
	_ = os.RemoveAll(s.dir)
}

// freePorts finds ports nobody listens on by listening on all at once.
func freePorts() (ports, error) {
	var found [4]int
	for i := range found {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return ports{}, err
		}
		defer listener.Close()
		found[i] = listener.Addr().(*net.TCPAddr).Port
	}
	return ports{etcd: found[0], peer: found[1], api: found[2], controllers: found[3]}, nil
}
