// Package redpanda lets Apache Kafka stand in for Redpanda on the local
// cluster: it reads what the operator renders for Redpanda, starts Kafka with
// what that means there, and answers Redpanda's readiness endpoint.
package redpanda

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// Files of the container.
const (
	ConfigFile = "/etc/redpanda/redpanda.yaml"
	scratch    = "/tmp"
)

// scram512 is the only mechanism.
const scram512 = "SCRAM-SHA-512"

// Settings are Redpanda's, as far as they have a meaning for Kafka.
type Settings struct {
	Listen, Advertise string // HOST:PORT
	Certificate, Key  string // paths
	Data              string
	Admin             string // HOST:PORT
	User              User
}

// User is the superuser made at the first start.
type User struct{ Name, Password, Mechanism string }

// nodeConfig is the part of redpanda.yaml that matters.
type nodeConfig struct {
	Redpanda struct {
		DataDirectory string     `json:"data_directory"`
		SeedServers   []struct{} `json:"seed_servers"`
		KafkaAPITLS   []struct {
			Enabled  bool   `json:"enabled"`
			CertFile string `json:"cert_file"`
			KeyFile  string `json:"key_file"`
		} `json:"kafka_api_tls"`
		Admin []struct {
			Address string `json:"address"`
			Port    int    `json:"port"`
		} `json:"admin"`
		AdminAPITLS []struct {
			Enabled bool `json:"enabled"`
		} `json:"admin_api_tls"`
	} `json:"redpanda"`
}

// Parse reads the arguments, the text of redpanda.yaml and the value of
// RP_BOOTSTRAP_USER.
func Parse(args []string, config []byte, user string) (Settings, error) {
	s, err := parseArguments(args)
	if err != nil {
		return s, err
	}
	if s.User, err = parseUser(user); err != nil {
		return s, err
	}
	var node nodeConfig
	if err := yaml.Unmarshal(config, &node); err != nil {
		return s, fmt.Errorf("%s: %w", ConfigFile, err)
	}
	return s, s.fill(node)
}

func parseArguments(args []string) (Settings, error) {
	var s Settings
	if len(args) < 2 || args[0] != "redpanda" || args[1] != "start" {
		return s, fmt.Errorf("the arguments must begin with redpanda start: %q", args)
	}
	for _, arg := range args[2:] {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "--kafka-addr":
			s.Listen = address(value)
		case "--advertise-kafka-addr":
			s.Advertise = address(value)
		case "--smp", "--memory", "--reserve-memory", "--overprovisioned", "--check", "--mode", "--advertise-rpc-addr":
			// Kafka takes what the container may have, and there is no other broker.
		default:
			return s, fmt.Errorf("this stand-in for Redpanda doesn't know %s", name)
		}
	}
	if s.Listen == "" || s.Advertise == "" {
		return s, fmt.Errorf("--kafka-addr and --advertise-kafka-addr are needed")
	}
	return s, nil
}

// address drops the listener's name: there is one listener.
func address(value string) string {
	if _, rest, named := strings.Cut(value, "://"); named {
		return rest
	}
	return value
}

func parseUser(text string) (User, error) {
	parts := strings.Split(text, ":")
	if len(parts) != 3 || parts[2] != scram512 {
		return User{}, fmt.Errorf("RP_BOOTSTRAP_USER is not of the form NAME:PASSWORD:SCRAM-SHA-512")
	}
	return User{parts[0], parts[1], parts[2]}, nil
}

func (s *Settings) fill(node nodeConfig) error {
	if len(node.Redpanda.KafkaAPITLS) != 1 || !node.Redpanda.KafkaAPITLS[0].Enabled {
		return fmt.Errorf("%s: one listener with TLS is needed", ConfigFile)
	}
	if len(node.Redpanda.SeedServers) > 1 {
		return fmt.Errorf("%s: this stand-in for Redpanda runs one broker", ConfigFile)
	}
	if len(node.Redpanda.AdminAPITLS) != 1 || !node.Redpanda.AdminAPITLS[0].Enabled {
		return fmt.Errorf("%s: the admin listener needs TLS", ConfigFile)
	}
	if len(node.Redpanda.Admin) != 1 || node.Redpanda.DataDirectory == "" {
		return fmt.Errorf("%s: one admin listener and a data directory are needed", ConfigFile)
	}
	tls, admin := node.Redpanda.KafkaAPITLS[0], node.Redpanda.Admin[0]
	s.Certificate, s.Key = tls.CertFile, tls.KeyFile
	s.Data = filepath.Join(node.Redpanda.DataDirectory, "kafka")
	s.Admin = net.JoinHostPort(admin.Address, fmt.Sprint(admin.Port))
	return nil
}

// Properties is Kafka's configuration: clients by TLS and SCRAM, each with the
// rights that access control lists give it, the broker itself on loopback
// without a name, one copy of everything.
func (s Settings) Properties() string {
	const module = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
	const internal, controller = "127.0.0.1:9094", "127.0.0.1:9093"
	lines := []string{
		"process.roles=broker,controller",
		"node.id=1",
		"controller.quorum.voters=1@" + controller,
		"listeners=CLIENT://" + s.Listen + ",INTERNAL://" + internal + ",CONTROLLER://" + controller,
		"advertised.listeners=CLIENT://" + s.Advertise + ",INTERNAL://" + internal,
		"listener.security.protocol.map=CLIENT:SASL_SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"inter.broker.listener.name=INTERNAL",
		"controller.listener.names=CONTROLLER",
		"sasl.enabled.mechanisms=" + s.User.Mechanism,
		"listener.name.client.scram-sha-512.sasl.jaas.config=" + module,
		"authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"allow.everyone.if.no.acl.found=false",
		"super.users=User:" + s.User.Name + ";User:ANONYMOUS",
		"ssl.keystore.type=PEM",
		"ssl.keystore.location=" + keystore,
		"log.dirs=" + s.Data,
		"auto.create.topics.enable=false",
		"group.initial.rebalance.delay.ms=0",
		"offsets.topic.num.partitions=3",
		"transaction.state.log.num.partitions=1",
		"share.coordinator.state.topic.num.partitions=1",
		"offsets.topic.replication.factor=1",
		"transaction.state.log.replication.factor=1",
		"share.coordinator.state.topic.replication.factor=1",
		"transaction.state.log.min.isr=1",
		"share.coordinator.state.topic.min.isr=1",
	}
	return strings.Join(lines, "\n") + "\n"
}

const (
	keystore   = scratch + "/keystore.pem"
	properties = scratch + "/server.properties"
)

// write writes the configuration and joins key and certificate in one file, as
// Kafka wants them.
func (s Settings) write() error {
	key, err := os.ReadFile(s.Key)
	if err != nil {
		return err
	}
	certificate, err := os.ReadFile(s.Certificate)
	if err != nil {
		return err
	}
	if err := os.WriteFile(keystore, append(append(key, '\n'), certificate...), 0o600); err != nil {
		return err
	}
	return os.WriteFile(properties, []byte(s.Properties()), 0o600)
}
