package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// enterprise lists the files under the Redpanda Community License that this
// program links: the service account client that the `kafka` set brings along
// and no pipeline here configures.
var enterprise = []string{
	"internal/serviceaccount/oauth2.go",
}

// A component set that links more files under that licence (`aws` brings 28)
// must not slip in unnoticed.
func TestLinkedEnterpriseFilesAreTheKnownOnes(t *testing.T) {
	var found []string
	for _, file := range connectFiles(t) {
		if isEnterprise(t, file) {
			_, path, _ := strings.Cut(file, "@"+version(file)+"/")
			found = append(found, path)
		}
	}
	slices.Sort(found)
	if !slices.Equal(found, enterprise) {
		t.Errorf("linked files under the enterprise licence:\n  %s\nknown:\n  %s",
			strings.Join(found, "\n  "), strings.Join(enterprise, "\n  "))
	}
}

// connectFiles returns the Go files of Connect itself that are compiled in.
func connectFiles(t *testing.T) []string {
	t.Helper()
	format := `{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}`
	list := exec.Command("go", "list", "-deps", "-f", format, ".")
	list.Env = append(os.Environ(), "CGO_ENABLED=0")
	output, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, file := range strings.Fields(string(output)) {
		if strings.Contains(file, "redpanda-data/connect/v4@") {
			files = append(files, file)
		}
	}
	if len(files) == 0 {
		t.Fatal("no file of Connect is linked: the list proves nothing")
	}
	return files
}

// isEnterprise reads the licence header of a file.
func isEnterprise(t *testing.T, path string) bool {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for i := 0; i < 15 && lines.Scan(); i++ {
		if strings.Contains(lines.Text(), "Redpanda Enterprise file") {
			return true
		}
	}
	return false
}

// version returns the module version in a module cache path.
func version(path string) string {
	_, rest, _ := strings.Cut(filepath.ToSlash(path), "connect/v4@")
	version, _, _ := strings.Cut(rest, "/")
	return version
}
