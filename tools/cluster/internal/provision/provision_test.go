package provision

import (
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

func options(name string) controller.ProvisionOptions {
	policy := corev1.PersistentVolumeReclaimDelete
	claim := &corev1.PersistentVolumeClaim{}
	claim.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	claim.Spec.Resources.Requests = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
	return controller.ProvisionOptions{
		StorageClass: &storagev1.StorageClass{ReclaimPolicy: &policy}, PVName: name, PVC: claim, SelectedNodeName: "node",
	}
}

func TestAVolumeIsAFolderOfItsOwn(t *testing.T) {
	root := t.TempDir()
	volume, _, err := folders(root).Provision(t.Context(), options("pvc-1"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "pvc-1")
	if volume.Spec.Local.Path != path || volume.Spec.NodeAffinity.Required.NodeSelectorTerms[0].MatchExpressions[0].Values[0] != "node" {
		t.Errorf("%+v", volume.Spec)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o777 {
		t.Errorf("%v, %v", info, err)
	}
	if err := folders(root).Delete(t.Context(), volume); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("still there: %v", err)
	}
}

func TestNamesThatLeadElsewhereAreRefused(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"", "..", "../other"} {
		volume := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if err := folders(filepath.Join(root, "volumes")).Delete(t.Context(), volume); err == nil {
			t.Errorf("deleted %q", name)
		}
	}
}
