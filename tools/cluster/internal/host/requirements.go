package host

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// debianPackages are those that bring each program the node needs.
var debianPackages = []struct{ program, pkg string }{
	{"containerd", "containerd"},
	{"ctr", "containerd"},
	{"runc", "runc"},
	{"tini", "tini"},
	{"iptables-restore", "iptables"},
	{"nft", "nftables"},
	{"/usr/lib/cni/bridge", "containernetworking-plugins"},
}

// modules of the kernel that may be built in or need loading.
var modules = map[string]string{
	"br_netfilter": "/proc/sys/net/bridge",
	"overlay":      "/sys/module/overlay",
}

func checkRequirements() error {
	if os.Geteuid() != 0 {
		return errors.New("the local cluster needs root, to make namespaces and cgroups")
	}
	var missing []string
	for _, need := range debianPackages {
		if _, err := exec.LookPath(need.program); err != nil {
			missing = append(missing, need.pkg)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("missing programs: apt-get install --no-install-recommends %s", strings.Join(missing, " "))
	}
	for module, sign := range modules {
		if _, err := os.Stat(sign); err != nil {
			_ = exec.Command("modprobe", module).Run() // where it is still missing, its first use says so
		}
	}
	return nil
}
