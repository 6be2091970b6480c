// Package proxy carries TCP connections from a listening socket of the host
// into the node's network.
//
// A socket stays in the network namespace where it was made: the host opens
// the listeners, the process inside inherits them, and what it dials is inside.
package proxy

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
)

// Forward is an inherited listener and the address its connections go to.
type Forward struct {
	listener net.Listener
	target   string
}

// Parse reads FD=ADDRESS:PORT, the file descriptor of an inherited listener
// and its target.
func Parse(text string) (Forward, error) {
	number, target, found := strings.Cut(text, "=")
	descriptor, err := strconv.Atoi(number)
	if !found || err != nil {
		return Forward{}, fmt.Errorf("%q is not of the form FD=ADDRESS:PORT", text)
	}
	file := os.NewFile(uintptr(descriptor), "listener")
	defer file.Close()
	listener, err := net.FileListener(file)
	if err != nil {
		return Forward{}, fmt.Errorf("descriptor %d: %w", descriptor, err)
	}
	return Forward{listener, target}, nil
}

// Serve accepts connections until the context ends.
func (f Forward) Serve(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { f.listener.Close() })
	defer stop()
	for {
		client, err := f.listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept for %s: %w", f.target, err)
		}
		go f.carry(ctx, client)
	}
}

// carry copies both ways. Each end may close its half and still be read from.
func (f Forward) carry(ctx context.Context, client net.Conn) {
	defer client.Close()
	server, err := new(net.Dialer).DialContext(ctx, "tcp", f.target)
	if err != nil {
		return
	}
	defer server.Close()
	stop := context.AfterFunc(ctx, func() { client.Close(); server.Close() })
	defer stop()
	var both sync.WaitGroup
	both.Go(func() { pump(server, client) })
	both.Go(func() { pump(client, server) })
	both.Wait()
}

func pump(to, from net.Conn) {
	if _, err := io.Copy(to, from); err != nil {
		to.Close()
		from.Close()
		return
	}
	if half, ok := to.(*net.TCPConn); ok {
		_ = half.CloseWrite()
	}
}
