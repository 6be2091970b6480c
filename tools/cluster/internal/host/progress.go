package host

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"phasma.dev/tools/cluster/internal/layout"
	"phasma.dev/tools/cluster/internal/proc"
)

// progress writes each step with the time since the beginning.
type progress struct {
	out   io.Writer
	start time.Time
}

func newProgress(out io.Writer) *progress { return &progress{out, time.Now()} }

func (p *progress) step(what string) {
	fmt.Fprintf(p.out, "%5.1f s  %s\n", time.Since(p.start).Seconds(), what)
}

// explain writes the end of every log, for a start that failed.
func explain(out io.Writer, l layout.Layout) {
	logs, err := filepath.Glob(filepath.Join(l.Logs(), "*.log"))
	if err != nil {
		return
	}
	for _, path := range logs {
		if info, err := os.Stat(path); err == nil && info.Size() > 0 {
			fmt.Fprintf(out, "--- %s\n%s\n", path, proc.Tail(path, 6))
		}
	}
}
