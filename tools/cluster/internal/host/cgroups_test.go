package host

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// tree makes a folder as the kernel mounts cgroups: files with content.
func tree(t *testing.T, files map[string]string) cgroupTree {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return cgroupTree(root)
}

func read(t *testing.T, root cgroupTree, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(string(root), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestVersionOneMakesOneInEachHierarchy(t *testing.T) {
	root := tree(t, map[string]string{
		"cpuset/cpuset.cpus": "0-1", "cpuset/cpuset.mems": "0", "memory/tasks": "", "unified/cgroup.procs": "",
	})
	if err := root.create(); err != nil {
		t.Fatal(err)
	}
	if got := read(t, root, "cpuset/phasma/cpuset.cpus"); got != "0-1" {
		t.Errorf("processors %q", got)
	}
	if _, err := os.Stat(filepath.Join(string(root), "memory/phasma")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(string(root), "unified/phasma")); !os.IsNotExist(err) {
		t.Errorf("made one that nobody needs: %v", err)
	}
}

func TestVersionTwoTurnsControllersOn(t *testing.T) {
	root := tree(t, map[string]string{"cgroup.controllers": "cpu memory\n", "cgroup.subtree_control": ""})
	if err := root.create(); err != nil {
		t.Fatal(err)
	}
	if got := read(t, root, "cgroup.subtree_control"); got != "+cpu +memory" {
		t.Errorf("turned on %q", got)
	}
}

func TestRemovesFoldersInnermostFirst(t *testing.T) {
	root := tree(t, map[string]string{"memory/tasks": "", "unified/cgroup.procs": ""})
	for _, path := range []string{"memory/phasma/kubepods/pod1", "unified/phasma"} {
		if err := os.MkdirAll(filepath.Join(string(root), path), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := root.remove(time.Now()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"memory/phasma", "unified/phasma"} {
		if _, err := os.Stat(filepath.Join(string(root), path)); !os.IsNotExist(err) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if err := root.remove(time.Now()); err != nil {
		t.Errorf("again: %v", err)
	}
}

func TestGivesUpOnACgroupInUse(t *testing.T) {
	root := tree(t, map[string]string{"memory/phasma/busy": ""}) // a plain file makes rmdir fail, as processes do
	if err := root.remove(time.Now()); err == nil {
		t.Error("no error")
	}
}
