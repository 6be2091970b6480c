// Package provision makes volumes for claims: each is a folder on the node.
package provision

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// Name is what a StorageClass calls this provisioner.
const Name = "phasma.dev/folder"

// folders makes volumes below one folder.
type folders string

// Run serves claims until the context ends.
func Run(ctx context.Context, client kubernetes.Interface, root string) error {
	controller.NewProvisionController(ctx, client, Name, folders(root), controller.LeaderElection(false)).Run(ctx)
	return ctx.Err()
}

// Provision makes the volume's folder. A local volume rather than a host path,
// so that the kubelet gives it to the pod's fsGroup.
func (f folders) Provision(_ context.Context, o controller.ProvisionOptions) (*corev1.PersistentVolume, controller.ProvisioningState, error) {
	path, err := f.path(o.PVName)
	if err == nil {
		err = makeFolder(path)
	}
	if err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	return volume(path, o), controller.ProvisioningFinished, nil
}

// Delete removes the volume's folder.
func (f folders) Delete(_ context.Context, v *corev1.PersistentVolume) error {
	path, err := f.path(v.Name)
	if err != nil {
		return err
	}
	return os.RemoveAll(path)
}

func (f folders) path(name string) (string, error) {
	if name == "" || name == ".." || strings.ContainsRune(name, filepath.Separator) {
		return "", &os.PathError{Op: "volume", Path: name, Err: os.ErrInvalid}
	}
	return filepath.Join(string(f), name), nil
}

// makeFolder lets any user in: pods differ in theirs.
func makeFolder(path string) error {
	if err := os.MkdirAll(path, 0o777); err != nil {
		return err
	}
	return os.Chmod(path, 0o777)
}

func volume(path string, o controller.ProvisionOptions) *corev1.PersistentVolume {
	node := corev1.NodeSelectorRequirement{
		Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{o.SelectedNodeName},
	}
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: o.PVName},
		Spec: corev1.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *o.StorageClass.ReclaimPolicy,
			AccessModes:                   o.PVC.Spec.AccessModes,
			Capacity: corev1.ResourceList{
				corev1.ResourceStorage: o.PVC.Spec.Resources.Requests[corev1.ResourceStorage],
			},
			PersistentVolumeSource: corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: path}},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{
				NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{node}}},
			}},
		},
	}
}
