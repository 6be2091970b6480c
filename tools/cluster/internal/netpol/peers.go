package netpol

import (
	"cmp"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// peer is an address range and, where it is a pod's, that pod.
type peer struct {
	prefix netip.Prefix
	pod    *corev1.Pod
}

// allow lists the traffic that one rule permits to or from a pod.
func (c Cluster) allow(namespace string, pod *corev1.Pod, direction networkingv1.PolicyType, r rule) []Allow {
	var allowed []Allow
	for _, port := range portsOf(r) {
		for _, peer := range c.peers(namespace, r.peers, direction, port) {
			// A named port is one of the pod that is dialled.
			target := pod
			if direction == networkingv1.PolicyTypeEgress {
				target = peer.pod
			}
			if a, ok := resolve(port, target); ok {
				a.Peer = peer.prefix
				allowed = append(allowed, a)
			}
		}
	}
	return allowed
}

// portsOf is the rule's ports, or one that stands for all.
func portsOf(r rule) []*networkingv1.NetworkPolicyPort {
	if len(r.ports) == 0 {
		return []*networkingv1.NetworkPolicyPort{nil}
	}
	ports := make([]*networkingv1.NetworkPolicyPort, len(r.ports))
	for i := range r.ports {
		ports[i] = &r.ports[i]
	}
	return ports
}

func (c Cluster) peers(namespace string, from []networkingv1.NetworkPolicyPeer, direction networkingv1.PolicyType, port *networkingv1.NetworkPolicyPort) []peer {
	if len(from) == 0 {
		if direction == networkingv1.PolicyTypeEgress && named(port) {
			return c.podsThat(func(*corev1.Pod) bool { return true })
		}
		return []peer{{}}
	}
	var all []peer
	for _, p := range from {
		if p.IPBlock != nil {
			for _, prefix := range block(p.IPBlock) {
				all = append(all, peer{prefix: prefix})
			}
			continue
		}
		all = append(all, c.podsThat(func(pod *corev1.Pod) bool { return c.selects(namespace, p, pod) })...)
	}
	return all
}

func (c Cluster) podsThat(keep func(*corev1.Pod) bool) []peer {
	var all []peer
	for _, pod := range c.Pods {
		if keep(pod) {
			all = append(all, peer{netip.PrefixFrom(address(pod), address(pod).BitLen()), pod})
		}
	}
	return all
}

func (c Cluster) selects(namespace string, p networkingv1.NetworkPolicyPeer, pod *corev1.Pod) bool {
	if p.NamespaceSelector == nil && pod.Namespace != namespace {
		return false
	}
	if p.NamespaceSelector != nil && !matches(p.NamespaceSelector, c.namespaceLabels(pod.Namespace)) {
		return false
	}
	return p.PodSelector == nil || matches(p.PodSelector, pod.Labels)
}

func (c Cluster) namespaceLabels(name string) map[string]string {
	for _, namespace := range c.Namespaces {
		if namespace.Name == name {
			return namespace.Labels
		}
	}
	return nil
}

// block is an IP block as prefixes, its exceptions cut out.
func block(b *networkingv1.IPBlock) []netip.Prefix {
	whole, err := netip.ParsePrefix(b.CIDR)
	if err != nil {
		return nil
	}
	prefixes := []netip.Prefix{whole.Masked()}
	for _, text := range b.Except {
		except, err := netip.ParsePrefix(text)
		if err != nil {
			return nil // an exception that can't be read must not widen the block
		}
		var left []netip.Prefix
		for _, prefix := range prefixes {
			left = append(left, subtract(prefix, except.Masked())...)
		}
		prefixes = left
	}
	return prefixes
}

// subtract is what remains of a prefix without another: it halves the prefix
// until each half lies wholly inside or outside.
func subtract(prefix, without netip.Prefix) []netip.Prefix {
	if !prefix.Overlaps(without) {
		return []netip.Prefix{prefix}
	}
	if without.Bits() <= prefix.Bits() {
		return nil
	}
	low, high := halves(prefix)
	return append(subtract(low, without), subtract(high, without)...)
}

func halves(prefix netip.Prefix) (low, high netip.Prefix) {
	bits := prefix.Bits()
	upper := prefix.Addr().AsSlice()
	upper[bits/8] |= 0x80 >> (bits % 8)
	address, _ := netip.AddrFromSlice(upper)
	return netip.PrefixFrom(prefix.Addr(), bits+1), netip.PrefixFrom(address, bits+1)
}

func named(port *networkingv1.NetworkPolicyPort) bool {
	return port != nil && port.Port != nil && port.Port.Type == intstr.String
}

// resolve turns a policy port into numbers; a name that the target pod doesn't
// have permits nothing.
func resolve(port *networkingv1.NetworkPolicyPort, target *corev1.Pod) (Allow, bool) {
	if port == nil {
		return Allow{}, true
	}
	protocol := corev1.ProtocolTCP
	if port.Protocol != nil {
		protocol = *port.Protocol
	}
	allow := Allow{Protocol: string(protocol)}
	switch {
	case port.Port == nil:
	case named(port):
		number, found := containerPort(target, port.Port.StrVal, protocol)
		allow.First, allow.Last = number, number
		return allow, found
	default:
		allow.First, allow.Last = uint16(port.Port.IntVal), uint16(port.Port.IntVal)
		if port.EndPort != nil {
			allow.Last = uint16(*port.EndPort)
		}
	}
	return allow, true
}

func containerPort(pod *corev1.Pod, name string, protocol corev1.Protocol) (uint16, bool) {
	if pod == nil {
		return 0, false
	}
	for _, container := range pod.Spec.Containers {
		for _, port := range container.Ports {
			if port.Name == name && cmp.Or(port.Protocol, corev1.ProtocolTCP) == protocol {
				return uint16(port.ContainerPort), true
			}
		}
	}
	return 0, false
}

func compareAllow(a, b Allow) int {
	return cmp.Or(
		a.Peer.Addr().Compare(b.Peer.Addr()),
		cmp.Compare(a.Peer.Bits(), b.Peer.Bits()),
		cmp.Compare(a.Protocol, b.Protocol),
		cmp.Compare(a.First, b.First),
		cmp.Compare(a.Last, b.Last),
	)
}
