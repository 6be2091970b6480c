package redpanda

import (
	"net/http/httptest"
	"strings"
	"testing"
)

const config = `redpanda:
  data_directory: /var/lib/redpanda/data
  seed_servers:
    - {host: {address: broker-0.brokers, port: 33145}}
  kafka_api_tls:
    - {name: clients, enabled: true, cert_file: /tls/tls.crt, key_file: /tls/tls.key}
  admin:
    - {name: admin, address: 0.0.0.0, port: 9644}
  admin_api_tls:
    - {name: admin, enabled: true, cert_file: /tls/tls.crt, key_file: /tls/tls.key}
`

var arguments = []string{
	"redpanda", "start", "--smp=1", "--kafka-addr=clients://0.0.0.0:9092", "--advertise-kafka-addr=clients://broker:9092",
	"--advertise-rpc-addr=broker-0.brokers:33145",
}

func TestWhatTheOperatorRendersReachesKafka(t *testing.T) {
	s, err := Parse(arguments, []byte(config), "phasma:secret:SCRAM-SHA-512")
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{
		Listen: "0.0.0.0:9092", Advertise: "broker:9092", Certificate: "/tls/tls.crt", Key: "/tls/tls.key",
		Data: "/var/lib/redpanda/data/kafka", Admin: "0.0.0.0:9644", User: User{"phasma", "secret", "SCRAM-SHA-512"},
	}
	if s != want {
		t.Errorf("got %+v", s)
	}
	for _, line := range []string{
		"listeners=CLIENT://0.0.0.0:9092,", "advertised.listeners=CLIENT://broker:9092,", "log.dirs=/var/lib/redpanda/data/kafka\n",
		"allow.everyone.if.no.acl.found=false\n", "super.users=User:phasma;User:ANONYMOUS\n",
	} {
		if !strings.Contains(s.Properties(), line) {
			t.Errorf("without %s", line)
		}
	}
	if strings.Contains(s.Properties(), "secret") {
		t.Error("the password is in the configuration")
	}
}

func TestWhatItCannotDoIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		args         []string
		config, user string
	}{
		"an unknown flag":          {append(arguments, "--node-id=3"), config, "a:b:SCRAM-SHA-512"},
		"another command":          {[]string{"redpanda", "check"}, config, "a:b:SCRAM-SHA-512"},
		"no address":               {arguments[:3], config, "a:b:SCRAM-SHA-512"},
		"another mechanism":        {arguments, config, "a:b:SCRAM-SHA-256"},
		"no user":                  {arguments, config, ""},
		"no TLS":                   {arguments, strings.Replace(config, "enabled: true", "enabled: false", 1), "a:b:SCRAM-SHA-512"},
		"an admin API without TLS": {arguments, strings.Replace(config, "name: admin, enabled: true", "name: admin, enabled: false", 1), "a:b:SCRAM-SHA-512"},
		"a second broker":          {arguments, strings.Replace(config, "  kafka_api_tls", "    - {host: {address: broker-1.brokers, port: 33145}}\n  kafka_api_tls", 1), "a:b:SCRAM-SHA-512"},
		"an unreadable document":   {arguments, "redpanda: [", "a:b:SCRAM-SHA-512"},
	} {
		if _, err := Parse(c.args, []byte(c.config), c.user); err == nil {
			t.Errorf("took %s", name)
		}
	}
}

func TestReadinessFollowsTheBroker(t *testing.T) {
	for ready, want := range map[bool]int{true: 200, false: 503} {
		response := httptest.NewRecorder()
		Admin(func() bool { return ready }).ServeHTTP(response, httptest.NewRequest("GET", "/v1/status/ready", nil))
		if response.Code != want {
			t.Errorf("%v: %d", ready, response.Code)
		}
	}
}
