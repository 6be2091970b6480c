package node

import (
	"encoding/json"
	"os"
	"testing"

	"sigs.k8s.io/yaml"

	"phasma.dev/tools/cluster/internal/layout"
)

func TestConfigurationsAreWellFormed(t *testing.T) {
	l := layout.Layout{Root: t.TempDir()}
	if err := writeConfig(l); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"kubelet.yaml", "kube-proxy.yaml"} {
		text, err := os.ReadFile(l.Config(path))
		if err != nil {
			t.Fatal(err)
		}
		var content struct{ Kind string }
		if err := yaml.Unmarshal(text, &content); err != nil || content.Kind == "" {
			t.Errorf("%s: %v", path, err)
		}
	}
	text, err := os.ReadFile(l.Config("cni", "10-bridge.conflist"))
	if err != nil || !json.Valid(text) {
		t.Errorf("network: %v, %s", err, text)
	}
	if resolv, err := os.ReadFile(l.Config("resolv.conf")); err != nil || len(resolv) > 0 {
		t.Errorf("pods would ask %q, %v", resolv, err)
	}
}

func TestEveryMountPointHasAFolderOfTheCache(t *testing.T) {
	l := layout.Layout{Root: "/cache"}
	seen := map[string]bool{}
	for _, path := range MountPoints(l) {
		folder := stateFolders(l)[path]
		if seen[folder] || folder == "" {
			t.Errorf("%s shares %q", path, folder)
		}
		seen[folder] = true
	}
}
