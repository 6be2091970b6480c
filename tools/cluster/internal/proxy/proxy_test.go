package proxy

import (
	"context"
	"fmt"
	"io"
	"net"
	"testing"
)

// echo answers each connection with all it was sent, after the sender is done.
func echo(t *testing.T) net.Listener {
	t.Helper()
	listener := listen(t)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { defer conn.Close(); text, _ := io.ReadAll(conn); _, _ = conn.Write(text) }()
		}
	}()
	return listener
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

func forwardTo(t *testing.T, target string) (address string, ended <-chan error, cancel func()) {
	t.Helper()
	listener := listen(t)
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	forward, err := Parse(fmt.Sprintf("%d=%s", file.Fd(), target))
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- forward.Serve(ctx) }()
	return listener.Addr().String(), result, cancel
}

func dial(t *testing.T, address string) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.(*net.TCPConn)
}

func TestCarriesBothWaysPastAHalfClose(t *testing.T) {
	address, _, _ := forwardTo(t, echo(t).Addr().String())
	conn := dial(t, address)
	if _, err := conn.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(conn); err != nil || string(answer) != "hello" {
		t.Errorf("%q, %v", answer, err)
	}
}

func TestClosesWhatItCannotCarry(t *testing.T) {
	nobody := listen(t)
	nobody.Close()
	address, _, _ := forwardTo(t, nobody.Addr().String())
	if answer, err := io.ReadAll(dial(t, address)); err != nil || len(answer) > 0 {
		t.Errorf("%q, %v", answer, err)
	}
}

func TestEndsWithItsContext(t *testing.T) {
	address, ended, cancel := forwardTo(t, echo(t).Addr().String())
	conn := dial(t, address)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	_, _ = io.ReadAll(conn) // returns only when the connection is closed
}

func TestRefusesOtherForms(t *testing.T) {
	for _, text := range []string{"", "3", "x=127.0.0.1:1", "=127.0.0.1:1"} {
		if _, err := Parse(text); err == nil {
			t.Errorf("took %q", text)
		}
	}
}
