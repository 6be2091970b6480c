package host

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"phasma.dev/tools/cluster/internal/layout"
)

// Down removes everything Up made but caches: the programs built, and the
// images loaded. It is harmless when nothing is there.
func Down(l layout.Layout) error {
	err := stop(l)
	return errors.Join(err, os.RemoveAll(l.Logs()))
}

// stop is Down that leaves the logs, for reading why a start failed.
func stop(l layout.Layout) error {
	record, err := load(l)
	if err != nil {
		return err
	}
	deadline := time.Now().Add(stopTimeout)
	if err := record.kill(deadline); err != nil {
		return err
	}
	if err := systemCgroups.remove(deadline); err != nil {
		return err
	}
	for _, path := range record.Made {
		_ = os.Remove(path) // only ever empty; someone else's content stays
	}
	for _, path := range []string{l.State(), l.Config(), l.PKI(), l.Kubeconfig(), filepath.Dir(l.Socket())} {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}
