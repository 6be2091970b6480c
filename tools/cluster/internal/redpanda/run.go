package redpanda

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// cluster is the identity that the storage is formatted with.
const cluster = "UGhhc21hTG9jYWxLYWZrYQ"

var java = []string{
	"java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
	"-Dlog4j2.configurationFile=/opt/kafka/log4j2.yaml", "-cp", "/opt/kafka/libs/*",
}

// Run formats the storage where it is new, then runs Kafka until it ends or
// the context does.
func Run(ctx context.Context, s Settings) error {
	if err := s.write(); err != nil {
		return err
	}
	if err := format(ctx, s.User); err != nil {
		return err
	}
	admin := &http.Server{Addr: s.Admin, Handler: Admin(s.ready), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- admin.ListenAndServeTLS(s.Certificate, s.Key) }()
	broker := kafka(ctx, "kafka.Kafka", properties)
	if err := broker.Start(); err != nil {
		return err
	}
	go func() { failed <- broker.Wait() }()
	return <-failed
}

// format also makes the superuser. The tool prints the stored keys, so its
// output is shown to nobody.
func format(ctx context.Context, user User) error {
	scram := fmt.Sprintf("%s=[name=%s,password=%s]", user.Mechanism, user.Name, user.Password)
	command := kafka(ctx, "kafka.tools.StorageTool", "format",
		"--cluster-id", cluster, "--config", properties, "--ignore-formatted", "--add-scram", scram)
	command.Stdout = nil
	if err := command.Run(); err != nil {
		return fmt.Errorf("format the storage: %w", err)
	}
	return nil
}

func kafka(ctx context.Context, class string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, java[0], append(append(java[1:len(java):len(java)], class), args...)...)
	command.Dir = scratch
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	return command
}

// ready is whether clients are served: their listener opens once the broker
// has registered with itself.
func (s Settings) ready() bool {
	_, port, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return false
	}
	dialer := &net.Dialer{Timeout: time.Second}
	// Whose certificate it is says nothing about readiness.
	conn, err := tls.DialWithDialer(dialer, "tcp", net.JoinHostPort("127.0.0.1", port), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// Admin answers Redpanda's readiness endpoint, and nothing else.
func Admin(ready func() bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status/ready", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if ready() {
			fmt.Fprint(w, `{"status":"ready"}`)
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, `{"status":"booting"}`)
	})
	return mux
}
