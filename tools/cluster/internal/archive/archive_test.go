package archive

import (
	"archive/tar"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// contents reads a tar into memory.
func contents(t *testing.T, path string) map[string][]byte {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	found := map[string][]byte{}
	for r := tar.NewReader(file); ; {
		header, err := r.Next()
		if err == io.EOF {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		if found[header.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

type link struct {
	Digest      string
	Size        int
	Annotations map[string]string
}

// follow reads the blob that a link names, and checks digest and size.
func follow(t *testing.T, all map[string][]byte, l link, into any) {
	t.Helper()
	digest := strings.TrimPrefix(l.Digest, "sha256:")
	content := all[blob(digest)]
	if len(content) != l.Size || digestOf(content) != digest {
		t.Fatalf("blob %s has %d bytes of %d", digest, len(content), l.Size)
	}
	if into != nil {
		if err := json.Unmarshal(content, into); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryBlobIsWhatItsNameSays(t *testing.T) {
	dir := t.TempDir()
	program, target := filepath.Join(dir, "program"), filepath.Join(dir, "image.tar")
	if err := os.WriteFile(program, []byte("#!"), 0o600); err != nil {
		t.Fatal(err)
	}
	image := Image{Reference: "localhost/some:1", Entrypoint: []string{"/program"}, User: "65532"}
	if err := FromFiles(target, image, map[string]string{"program": program}); err != nil {
		t.Fatal(err)
	}
	all := contents(t, target)
	var index struct{ Manifests []link }
	if err := json.Unmarshal(all["index.json"], &index); err != nil {
		t.Fatal(err)
	}
	if name := index.Manifests[0].Annotations["io.containerd.image.name"]; name != image.Reference {
		t.Errorf("called %q", name)
	}
	var manifest struct {
		Config link
		Layers []link
	}
	follow(t, all, index.Manifests[0], &manifest)
	var config struct {
		Config struct {
			Entrypoint []string
			User       string
		}
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		}
	}
	follow(t, all, manifest.Config, &config)
	follow(t, all, manifest.Layers[0], nil)
	if config.RootFS.DiffIDs[0] != manifest.Layers[0].Digest || config.Config.User != "65532" || config.Config.Entrypoint[0] != "/program" {
		t.Errorf("%+v", config)
	}
	layer := filepath.Join(dir, "layer.tar")
	if err := os.WriteFile(layer, all[blob(strings.TrimPrefix(manifest.Layers[0].Digest, "sha256:"))], 0o600); err != nil {
		t.Fatal(err)
	}
	if got := string(contents(t, layer)["program"]); got != "#!" {
		t.Errorf("the layer holds %q", got)
	}
}
