// Command redpanda-kafka is called rpk in the image in which Apache Kafka stands
// in for Redpanda: its entry point, and what makes users and access control
// lists there. It is no part of the cluster.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"phasma.dev/tools/cluster/internal/redpanda"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "rpk stand-in:", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if len(os.Args) > 1 && os.Args[1] == "redpanda" {
		return start(ctx)
	}
	command, err := redpanda.ParseCommand(os.Args[1:])
	if err != nil {
		return err
	}
	return redpanda.Execute(ctx, command)
}

func start(ctx context.Context) error {
	config, err := os.ReadFile(redpanda.ConfigFile)
	if err != nil {
		return err
	}
	settings, err := redpanda.Parse(os.Args[1:], config, os.Getenv("RP_BOOTSTRAP_USER"))
	if err != nil {
		return err
	}
	err = redpanda.Run(ctx, settings)
	if ctx.Err() != nil {
		return nil // asked to end, and ended
	}
	return err
}
