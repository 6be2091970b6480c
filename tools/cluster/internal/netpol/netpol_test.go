package netpol

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// The cluster of all cases: two namespaces, a pod of each role.
func cluster(t *testing.T, policies ...string) Cluster {
	t.Helper()
	c := Cluster{
		Namespaces: []*corev1.Namespace{namespace("shop"), namespace("kube-system")},
		Pods: []*corev1.Pod{
			pod("shop", "api", "10.244.0.2", "http", 8080),
			pod("shop", "db", "10.244.0.3", "sql", 5432),
			pod("kube-system", "dns", "10.244.0.4", "dns", 53),
		},
	}
	for _, text := range policies {
		policy := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "shop"}}
		if err := yaml.UnmarshalStrict([]byte(text), &policy.Spec); err != nil {
			t.Fatal(err)
		}
		c.Policies = append(c.Policies, policy)
	}
	return c
}

func namespace(name string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: name, Labels: map[string]string{"kubernetes.io/metadata.name": name},
	}}
}

func pod(namespace, app, ip, port string, number int32) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: app, Labels: map[string]string{"app": app}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{
			{Ports: []corev1.ContainerPort{{Name: port, ContainerPort: number}}},
		}},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, PodIP: ip},
	}
}

// lines writes isolations as short lines: direction, pod, and what it allows.
func lines(isolations []Isolation) string {
	var all []string
	for _, i := range isolations {
		line := fmt.Sprintf("%s %s:", strings.ToLower(string(i.Direction)), i.Pod)
		for _, a := range i.Allowed {
			line += " [" + strings.TrimSpace(match(i.Direction, a)) + "]"
		}
		all = append(all, line)
	}
	return strings.Join(all, "\n")
}

func TestCompile(t *testing.T) {
	for name, c := range map[string]struct{ policy, want string }{
		"default deny, both ways": {
			`{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress, Egress]}`,
			"egress 10.244.0.3:\ningress 10.244.0.3:",
		},
		"an empty selector means all pods of the namespace": {
			`{podSelector: {}, policyTypes: [Ingress]}`,
			"ingress 10.244.0.2:\ningress 10.244.0.3:",
		},
		"an empty rule allows all": {
			`{podSelector: {matchLabels: {app: db}}, ingress: [{}]}`,
			"ingress 10.244.0.3: []",
		},
		"types default to ingress, and egress where it has rules": {
			`{podSelector: {matchLabels: {app: db}}, egress: [{}]}`,
			"egress 10.244.0.3: []\ningress 10.244.0.3:",
		},
		"a pod selector stays in the namespace": {
			`{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {}}], ports: [{port: 5432}]}]}`,
			"ingress 10.244.0.3: [ip saddr 10.244.0.2/32 tcp dport 5432] [ip saddr 10.244.0.3/32 tcp dport 5432]",
		},
		"a namespace selector leaves it": {
			`{podSelector: {matchLabels: {app: api}}, egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {app: dns}}}], ports: [{port: 53, protocol: UDP}, {port: 53}]}], policyTypes: [Egress]}`,
			"egress 10.244.0.2: [ip daddr 10.244.0.4/32 tcp dport 53] [ip daddr 10.244.0.4/32 udp dport 53]",
		},
		"expressions": {
			`{podSelector: {matchExpressions: [{key: app, operator: In, values: [db, cache]}]}, ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [db]}]}}, {namespaceSelector: {matchExpressions: [{key: nothing, operator: Exists}]}}]}]}`,
			"ingress 10.244.0.3: [ip saddr 10.244.0.2/32]",
		},
		"a named port of an isolated pod": {
			`{podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: sql}, {port: unknown}]}]}`,
			"ingress 10.244.0.3: [tcp dport 5432]",
		},
		"a named port of the pods dialled": {
			`{podSelector: {matchLabels: {app: api}}, egress: [{ports: [{port: sql}]}], policyTypes: [Egress]}`,
			"egress 10.244.0.2: [ip daddr 10.244.0.3/32 tcp dport 5432]",
		},
		"a range of ports": {
			`{podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: 100, endPort: 200}, {protocol: UDP}]}]}`,
			"ingress 10.244.0.3: [tcp dport 100-200] [meta l4proto udp]",
		},
		"a block with exceptions": {
			`{podSelector: {matchLabels: {app: api}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.128.0.0/9, 10.0.0.0/10]}}]}]}`,
			"egress 10.244.0.2: [ip daddr 10.64.0.0/10]",
		},
		"a block of IPv6": {
			`{podSelector: {matchLabels: {app: api}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: "fd00::/8"}}]}]}`,
			"egress 10.244.0.2: [ip6 daddr fd00::/8]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := lines(Compile(cluster(t, c.policy))); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestPoliciesAddUp(t *testing.T) {
	c := cluster(t,
		`{podSelector: {}, policyTypes: [Ingress]}`,
		`{podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: 5432}]}]}`,
		`{podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: sql}, {port: 1}]}]}`,
	)
	want := "ingress 10.244.0.2:\ningress 10.244.0.3: [tcp dport 1] [tcp dport 5432]"
	if got := lines(Compile(c)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestPodsWithoutAnAddressOfTheirOwn(t *testing.T) {
	c := cluster(t, `{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}`)
	c.Pods[0].Spec.HostNetwork = true
	ended, waiting := pod("shop", "job", "10.244.0.9", "x", 1), pod("shop", "new", "", "x", 1)
	ended.Status.Phase = corev1.PodSucceeded
	c.Pods = append(c.Pods, ended, waiting)
	if got, want := lines(Compile(c)), "ingress 10.244.0.3: [ip saddr 10.244.0.3/32]"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func rendered(c Cluster) string { return Render("10.244.0.0/24", Addresses(c), Compile(c)) }

func TestRenderedTable(t *testing.T) {
	got := rendered(cluster(t, `{podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: sql}]}]}`))
	for _, part := range []string{
		"set pods {\n\t\ttype ipv4_addr\n\t\telements = { 10.244.0.2, 10.244.0.3, 10.244.0.4 }\n\t}\n",
		"add table inet phasma-netpol\ndelete table inet phasma-netpol\n",
		"chain ingress-10.244.0.3 {\n\t\tip saddr 10.244.0.3 ip daddr 10.244.0.3 accept\n\t\ttcp dport 5432 accept\n\t\tip saddr 10.244.0.0/24 ip saddr != @pods drop\n\t\treject\n",
		"chain ingress {\n\t\tct state established,related accept\n\t\tip daddr 10.244.0.3 jump ingress-10.244.0.3\n",
		"chain egress {\n\t\tct state established,related accept\n\t}\n",
	} {
		if !strings.Contains(got, part) {
			t.Errorf("without\n%s\nin\n%s", part, got)
		}
	}
}

// The kernel's own reader takes every form of rule, twice.
func TestNftReadsTheTable(t *testing.T) {
	empty := rendered(Cluster{})
	rules := rendered(cluster(t,
		`{podSelector: {}, policyTypes: [Ingress, Egress]}`,
		`{podSelector: {}, ingress: [{ports: [{port: 1, endPort: 9}, {protocol: UDP}, {protocol: SCTP, port: 7}]}], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}, {ipBlock: {cidr: "::/0"}}]}]}`,
	))
	for _, program := range []string{"unshare", "nft"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("needs " + program)
		}
	}
	cmd := exec.Command("unshare", "--net", "--map-root-user", "nft", "-f", "-")
	cmd.Stdin = strings.NewReader(empty + rules + rules)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, output, rules)
	}
}
