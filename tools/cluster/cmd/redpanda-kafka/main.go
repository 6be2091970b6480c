// Command redpanda-kafka is the entry point of the image in which Apache Kafka
// stands in for Redpanda. It is no part of the cluster.
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
		fmt.Fprintln(os.Stderr, "redpanda-kafka:", err)
		os.Exit(1)
	}
}

func run() error {
	config, err := os.ReadFile(redpanda.ConfigFile)
	if err != nil {
		return err
	}
	settings, err := redpanda.Parse(os.Args[1:], config, os.Getenv("RP_BOOTSTRAP_USER"))
	if err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	err = redpanda.Run(ctx, settings)
	if ctx.Err() != nil {
		return nil // asked to end, and ended
	}
	return err
}
