package netpol

import (
	"fmt"
	"net/netip"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
)

const table = "inet phasma-netpol"

// The base chains. A verdict in one chain doesn't spare a packet the later
// ones, so what a pod may send is judged first and then, apart from it, what
// the other pod may receive. Addresses of Services are translated before any
// of them. What the node itself sends (probes, the host's proxy) passes none.
const frame = `	chain forward-egress {
		type filter hook forward priority -20; policy accept;
		jump egress
	}
	chain input-egress {
		type filter hook input priority -20; policy accept;
		jump egress
	}
	chain forward-ingress {
		type filter hook forward priority -10; policy accept;
		jump ingress
	}
`

// Render writes the whole table as one transaction, which replaces the last.
//
// What a pod doesn't allow is refused at once, except where the other address
// is of the pods' range but no pod known yet: a program may dial before its
// pod's address has reached the API. Such packets are dropped, so that the
// sender tries again a second later.
func Render(podRange string, known []netip.Addr, isolations []Isolation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "add table %s\ndelete table %s\ntable %s {\n", table, table, table)
	fmt.Fprintf(&b, "\tset pods {\n\t\ttype ipv4_addr\n%s\t}\n", elements(known))
	for _, isolation := range isolations {
		renderPod(&b, podRange, isolation)
	}
	renderDispatch(&b, "egress", "saddr", isolations, networkingv1.PolicyTypeEgress)
	renderDispatch(&b, "ingress", "daddr", isolations, networkingv1.PolicyTypeIngress)
	b.WriteString(frame + "}\n")
	return b.String()
}

func elements(addresses []netip.Addr) string {
	if len(addresses) == 0 {
		return ""
	}
	texts := make([]string, len(addresses))
	for i, address := range addresses {
		texts[i] = address.String()
	}
	return "\t\telements = { " + strings.Join(texts, ", ") + " }\n"
}

func chain(i Isolation) string {
	return strings.ToLower(string(i.Direction)) + "-" + i.Pod.String()
}

func renderPod(b *strings.Builder, podRange string, i Isolation) {
	fmt.Fprintf(b, "\tchain %s {\n", chain(i))
	fmt.Fprintf(b, "\t\tip saddr %s ip daddr %s accept\n", i.Pod, i.Pod) // a pod always reaches itself
	for _, allow := range i.Allowed {
		fmt.Fprintf(b, "\t\t%saccept\n", match(i.Direction, allow))
	}
	peer := side(i.Direction)
	fmt.Fprintf(b, "\t\tip %s %s ip %s != @pods drop\n\t\treject\n\t}\n", peer, podRange, peer)
}

// side is which address of a packet is the peer's.
func side(direction networkingv1.PolicyType) string {
	if direction == networkingv1.PolicyTypeEgress {
		return "daddr"
	}
	return "saddr"
}

func match(direction networkingv1.PolicyType, a Allow) string {
	var b strings.Builder
	if a.Peer.IsValid() {
		family := "ip"
		if a.Peer.Addr().Is6() {
			family = "ip6"
		}
		fmt.Fprintf(&b, "%s %s %s ", family, side(direction), a.Peer)
	}
	protocol := strings.ToLower(a.Protocol)
	switch {
	case protocol == "":
	case a.First == 0:
		fmt.Fprintf(&b, "meta l4proto %s ", protocol)
	case a.First == a.Last:
		fmt.Fprintf(&b, "%s dport %d ", protocol, a.First)
	default:
		fmt.Fprintf(&b, "%s dport %d-%d ", protocol, a.First, a.Last)
	}
	return b.String()
}

func renderDispatch(b *strings.Builder, name, own string, isolations []Isolation, direction networkingv1.PolicyType) {
	fmt.Fprintf(b, "\tchain %s {\n\t\tct state established,related accept\n", name)
	for _, i := range isolations {
		if i.Direction == direction {
			fmt.Fprintf(b, "\t\tip %s %s jump %s\n", own, i.Pod, chain(i))
		}
	}
	b.WriteString("\t}\n")
}
