package node

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"

	"github.com/vishvananda/netlink"

	"phasma.dev/tools/cluster/internal/control"
)

// settings of the node's network. The bridge's traffic must pass the packet
// filter, else policies would not hold between pods.
var settings = map[string]string{
	"/proc/sys/net/ipv4/ip_forward":                "1",
	"/proc/sys/net/bridge/bridge-nf-call-iptables": "1",
	"/proc/sys/net/ipv6/conf/all/disable_ipv6":     "1",
}

// connect gives the new network namespace its address and a route to Services,
// both on the loopback device, and no route to anywhere else.
func connect() error {
	loopback, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	if err := netlink.LinkSetUp(loopback); err != nil {
		return err
	}
	address, err := netlink.ParseAddr(Address + "/32")
	if err != nil {
		return err
	}
	if err := netlink.AddrAdd(loopback, address); err != nil {
		return fmt.Errorf("node address: %w", err)
	}
	_, services, err := net.ParseCIDR(control.ServiceRange)
	if err != nil {
		return err
	}
	route := &netlink.Route{LinkIndex: loopback.Attrs().Index, Dst: services, Src: net.ParseIP(Address)}
	if err := netlink.RouteAdd(route); err != nil {
		return fmt.Errorf("route to Services: %w", err)
	}
	return set(settings)
}

func set(values map[string]string) error {
	for path, value := range values {
		err := os.WriteFile(path, []byte(value), 0o644)
		if errors.Is(err, fs.ErrNotExist) && path == "/proc/sys/net/ipv6/conf/all/disable_ipv6" {
			continue // a kernel without IPv6
		}
		if err != nil {
			return fmt.Errorf("%s (is the br_netfilter module loaded?): %w", path, err)
		}
	}
	return nil
}
