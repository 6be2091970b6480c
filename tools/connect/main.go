// Redpanda Connect with only the components Phasma's pipelines use, built from
// its published module. It serves the tests and the local cluster and is never
// published; production runs the official image.
package main

import (
	"context"

	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/urfave/cli/v2"

	_ "github.com/redpanda-data/benthos/v4/public/components/io"
	_ "github.com/redpanda-data/benthos/v4/public/components/pure"
	_ "github.com/redpanda-data/connect/v4/public/components/kafka"
	_ "github.com/redpanda-data/connect/v4/public/components/prometheus"
	_ "github.com/redpanda-data/connect/v4/public/components/pure"
)

// The official command line knows it; here nothing is ever sent, and the same
// arguments must work.
var disableTelemetry = &cli.BoolFlag{
	Name:  "disable-telemetry",
	Usage: "Accepted for compatibility: this build has no telemetry.",
}

func main() {
	service.RunCLI(
		context.Background(),
		service.CLIOptSetProductName("Redpanda Connect"),
		service.CLIOptCustomRunFlags([]cli.Flag{disableTelemetry}, func(*cli.Context) error { return nil }),
	)
}
