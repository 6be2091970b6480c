// Package archive writes container images of one layer, in the OCI layout,
// from a few files or from a tar of a whole root file system.
package archive

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Image says what an image is called and how its container starts.
type Image struct {
	Reference  string
	Entrypoint []string
	User       string
}

// FromFiles writes an image of executable files, each at its path in the image.
func FromFiles(target string, image Image, files map[string]string) error {
	layer, err := os.CreateTemp(filepath.Dir(target), "layer-")
	if err != nil {
		return err
	}
	defer os.Remove(layer.Name())
	defer layer.Close()
	if err := pack(layer, files); err != nil {
		return err
	}
	return FromTar(target, image, layer.Name())
}

func pack(to io.Writer, files map[string]string) error {
	w := tar.NewWriter(to)
	for inside, path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := add(w, inside, content, 0o755); err != nil {
			return err
		}
	}
	return w.Close()
}

// FromTar writes an image whose root file system is a tar file.
func FromTar(target string, image Image, root string) error {
	digest, size, err := hash(root)
	if err != nil {
		return err
	}
	config, err := json.Marshal(configuration(image, digest))
	if err != nil {
		return err
	}
	manifest, err := json.Marshal(object{
		"schemaVersion": 2,
		"mediaType":     "application/vnd.oci.image.manifest.v1+json",
		"config":        descriptor("application/vnd.oci.image.config.v1+json", digestOf(config), int64(len(config))),
		"layers":        []object{descriptor("application/vnd.oci.image.layer.v1.tar", digest, size)},
	})
	if err != nil {
		return err
	}
	return write(target, image.Reference, manifest, config, root, digest, size)
}

type object = map[string]any

func configuration(image Image, layer string) object {
	return object{
		"architecture": "amd64",
		"os":           "linux",
		"config": object{
			"Entrypoint": image.Entrypoint,
			"User":       image.User,
			"Env":        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		},
		"rootfs": object{"type": "layers", "diff_ids": []string{"sha256:" + layer}},
	}
}

func descriptor(mediaType, digest string, size int64) object {
	return object{"mediaType": mediaType, "digest": "sha256:" + digest, "size": size}
}

func write(target, reference string, manifest, config []byte, root, layer string, size int64) error {
	entry := descriptor("application/vnd.oci.image.manifest.v1+json", digestOf(manifest), int64(len(manifest)))
	entry["annotations"] = object{"org.opencontainers.image.ref.name": reference, "io.containerd.image.name": reference}
	index, err := json.Marshal(object{"schemaVersion": 2, "manifests": []object{entry}})
	if err != nil {
		return err
	}
	file, err := os.Create(target)
	if err != nil {
		return err
	}
	defer file.Close()
	w := tar.NewWriter(file)
	for name, content := range map[string][]byte{
		"oci-layout":             []byte(`{"imageLayoutVersion":"1.0.0"}`),
		"index.json":             index,
		blob(digestOf(manifest)): manifest,
		blob(digestOf(config)):   config,
	} {
		if err := add(w, name, content, 0o644); err != nil {
			return err
		}
	}
	if err := addFile(w, blob(layer), root, size); err != nil {
		return err
	}
	return w.Close()
}

func blob(digest string) string { return "blobs/sha256/" + digest }

func add(w *tar.Writer, name string, content []byte, mode int64) error {
	if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(content)), Mode: mode}); err != nil {
		return err
	}
	_, err := io.Copy(w, bytes.NewReader(content))
	return err
}

func addFile(w *tar.Writer, name, path string, size int64) error {
	if err := w.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o644}); err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(w, file)
	return err
}

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func hash(path string) (digest string, size int64, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer file.Close()
	sum := sha256.New()
	if size, err = io.Copy(sum, file); err != nil {
		return "", 0, fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), size, nil
}
