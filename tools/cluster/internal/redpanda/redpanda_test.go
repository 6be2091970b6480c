package redpanda

import (
	"net/http/httptest"
	"strings"
	"testing"
)

const config = `redpanda:
  data_directory: /var/lib/redpanda/data
  kafka_api_tls:
    - {name: clients, enabled: true, cert_file: /tls/tls.crt, key_file: /tls/tls.key}
  admin:
    - {address: 0.0.0.0, port: 9644}
`

var arguments = []string{
	"redpanda", "start", "--smp=1", "--kafka-addr=clients://0.0.0.0:9092", "--advertise-kafka-addr=clients://broker:9092",
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
		"an unknown flag":        {append(arguments, "--node-id=3"), config, "a:b:SCRAM-SHA-512"},
		"another command":        {[]string{"redpanda", "check"}, config, "a:b:SCRAM-SHA-512"},
		"no address":             {arguments[:3], config, "a:b:SCRAM-SHA-512"},
		"another mechanism":      {arguments, config, "a:b:SCRAM-SHA-256"},
		"no user":                {arguments, config, ""},
		"no TLS":                 {arguments, strings.Replace(config, "enabled: true", "enabled: false", 1), "a:b:SCRAM-SHA-512"},
		"an unreadable document": {arguments, "redpanda: [", "a:b:SCRAM-SHA-512"},
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
