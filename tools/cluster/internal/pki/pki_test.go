package pki

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
)

var leaves = []Leaf{
	{Name: "server", CommonName: "server", Addresses: []string{"127.0.0.1"}, Hosts: []string{"localhost"}},
	{Name: "admin", CommonName: "admin", Organization: "system:masters"},
}

func made(t *testing.T) Folder {
	t.Helper()
	folder := Folder(filepath.Join(t.TempDir(), "pki"))
	if fresh, err := folder.Ensure(leaves); err != nil || !fresh {
		t.Fatalf("made %v, error %v", fresh, err)
	}
	return folder
}

func TestLeavesChainToTheAuthority(t *testing.T) {
	folder := made(t)
	authority, err := folder.read(AuthorityName)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(authority)
	for _, leaf := range leaves {
		cert, err := folder.read(leaf.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cert.Verify(x509.VerifyOptions{Roots: roots}); err != nil {
			t.Errorf("%s: %v", leaf.Name, err)
		}
		if _, err := tls.LoadX509KeyPair(folder.Certificate(leaf.Name), folder.Key(leaf.Name)); err != nil {
			t.Errorf("%s: %v", leaf.Name, err)
		}
	}
}

func TestAFreshFolderIsKept(t *testing.T) {
	folder := made(t)
	before, _ := os.ReadFile(folder.Certificate("server"))
	if again, err := folder.Ensure(leaves); err != nil || again {
		t.Fatalf("made again: %v, error %v", again, err)
	}
	after, _ := os.ReadFile(folder.Certificate("server"))
	if string(before) != string(after) {
		t.Error("the certificate changed")
	}
}

func TestWhatMakesAFolderStale(t *testing.T) {
	now := time.Now()
	moved := []Leaf{{Name: "server", CommonName: "server", Addresses: []string{"10.0.0.1"}}}
	renamed := []Leaf{{Name: "server", CommonName: "other"}}
	added := append([]Leaf{{Name: "new", CommonName: "new"}}, leaves...)
	for name, stale := range map[string]func(Folder) bool{
		"soon to expire":  func(f Folder) bool { return !f.fresh(leaves, now.Add(lifetime-renewal+time.Minute)) },
		"another address": func(f Folder) bool { return !f.fresh(moved, now) },
		"another name":    func(f Folder) bool { return !f.fresh(renamed, now) },
		"one leaf more":   func(f Folder) bool { return !f.fresh(added, now) },
		"no token key":    func(f Folder) bool { os.Remove(f.Key(TokenKeyName)); return !f.fresh(leaves, now) },
		"a damaged leaf": func(f Folder) bool {
			os.WriteFile(f.Certificate("admin"), []byte("x"), 0o600)
			return !f.fresh(leaves, now)
		},
	} {
		t.Run(name, func(t *testing.T) {
			if folder := made(t); !stale(folder) {
				t.Error("taken for fresh")
			}
		})
	}
}

func TestKubeconfigStandsAlone(t *testing.T) {
	folder := made(t)
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := folder.WriteKubeconfig(path, "somewhere", "https://127.0.0.1:1", "admin"); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(string(folder)); err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		t.Fatal(err)
	}
	if config.Host != "https://127.0.0.1:1" || len(config.CAData) == 0 || len(config.KeyData) == 0 {
		t.Errorf("incomplete: %v", config.Host)
	}
}
