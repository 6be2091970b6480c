// Package netpol enforces NetworkPolicies on one node with nftables.
//
// Compile turns pods, namespaces and policies into the traffic each isolated
// pod allows; Render writes that as one nftables transaction; Enforce keeps
// the kernel's table equal to it. Compile and Render are pure.
package netpol

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Cluster is what the rules depend on.
type Cluster struct {
	Pods       []*corev1.Pod
	Namespaces []*corev1.Namespace
	Policies   []*networkingv1.NetworkPolicy
}

// Isolation lists everything one pod may do in one direction.
type Isolation struct {
	Direction networkingv1.PolicyType
	Pod       netip.Addr
	Allowed   []Allow
}

// Allow is traffic with a peer. A zero peer means any, an empty protocol any,
// a zero first port any.
type Allow struct {
	Peer        netip.Prefix
	Protocol    string
	First, Last uint16
}

var directions = []networkingv1.PolicyType{networkingv1.PolicyTypeEgress, networkingv1.PolicyTypeIngress}

// Compile lists the isolated pods with what they allow, in a stable order.
func Compile(c Cluster) []Isolation {
	c.Pods = slices.DeleteFunc(slices.Clone(c.Pods), unreachable)
	var all []Isolation
	for _, direction := range directions {
		for _, pod := range c.Pods {
			if isolation, isolated := c.isolate(pod, direction); isolated {
				all = append(all, isolation)
			}
		}
	}
	slices.SortFunc(all, func(a, b Isolation) int {
		return cmp.Or(strings.Compare(string(a.Direction), string(b.Direction)), a.Pod.Compare(b.Pod))
	})
	return all
}

// Addresses are those of all pods that have one of their own, in order.
func Addresses(c Cluster) []netip.Addr {
	var all []netip.Addr
	for _, pod := range c.Pods {
		if !unreachable(pod) {
			all = append(all, address(pod))
		}
	}
	slices.SortFunc(all, netip.Addr.Compare)
	return slices.Compact(all)
}

// unreachable are pods without an address of their own: rules can't name them.
func unreachable(pod *corev1.Pod) bool {
	ended := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
	return ended || pod.Spec.HostNetwork || !address(pod).IsValid()
}

func address(pod *corev1.Pod) netip.Addr {
	parsed, _ := netip.ParseAddr(pod.Status.PodIP) // the zero address when there is none yet
	return parsed
}

func (c Cluster) isolate(pod *corev1.Pod, direction networkingv1.PolicyType) (Isolation, bool) {
	isolation := Isolation{Direction: direction, Pod: address(pod)}
	isolated := false
	for _, policy := range c.Policies {
		if !applies(policy, pod, direction) {
			continue
		}
		isolated = true
		for _, rule := range rulesOf(policy, direction) {
			isolation.Allowed = append(isolation.Allowed, c.allow(policy.Namespace, pod, direction, rule)...)
		}
	}
	slices.SortFunc(isolation.Allowed, compareAllow)
	isolation.Allowed = slices.Compact(isolation.Allowed)
	return isolation, isolated
}

func applies(policy *networkingv1.NetworkPolicy, pod *corev1.Pod, direction networkingv1.PolicyType) bool {
	return policy.Namespace == pod.Namespace &&
		slices.Contains(policyTypes(policy), direction) &&
		matches(&policy.Spec.PodSelector, pod.Labels)
}

// policyTypes fills in the default as the API server does.
func policyTypes(policy *networkingv1.NetworkPolicy) []networkingv1.PolicyType {
	if len(policy.Spec.PolicyTypes) > 0 {
		return policy.Spec.PolicyTypes
	}
	types := []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
	if len(policy.Spec.Egress) > 0 {
		types = append(types, networkingv1.PolicyTypeEgress)
	}
	return types
}

// rule is an ingress or egress rule; the two differ in name only.
type rule struct {
	peers []networkingv1.NetworkPolicyPeer
	ports []networkingv1.NetworkPolicyPort
}

func rulesOf(policy *networkingv1.NetworkPolicy, direction networkingv1.PolicyType) []rule {
	var rules []rule
	if direction == networkingv1.PolicyTypeIngress {
		for _, r := range policy.Spec.Ingress {
			rules = append(rules, rule{r.From, r.Ports})
		}
		return rules
	}
	for _, r := range policy.Spec.Egress {
		rules = append(rules, rule{r.To, r.Ports})
	}
	return rules
}

// matches treats a selector that can't be parsed as matching nothing; the API
// server refuses those.
func matches(selector *metav1.LabelSelector, set map[string]string) bool {
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(labels.Set(set))
}
