package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"phasma.dev/tools/cluster/internal/layout"
)

// running is the record of a node: its first process, which all others end
// with, and the folders made to be covered by mounts.
type running struct {
	PID     int      `json:"pid"`
	Started string   `json:"started"` // by the kernel's clock: a PID alone may be someone else's by now
	Made    []string `json:"made"`
}

func (r running) save(l layout.Layout) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return os.WriteFile(l.Running(), text, 0o644)
}

// load reads the record; there is none when the cluster is down.
func load(l layout.Layout) (running, error) {
	var r running
	text, err := os.ReadFile(l.Running())
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(text, &r)
}

func (r running) alive() bool {
	started, err := startTime(r.PID)
	return r.PID > 0 && err == nil && started == r.Started
}

// kill ends the first process of the namespaces and so everything in them.
func (r running) kill(deadline time.Time) error {
	if !r.alive() {
		return nil
	}
	if err := syscall.Kill(r.PID, syscall.SIGKILL); err != nil {
		return fmt.Errorf("end the node: %w", err)
	}
	for r.alive() {
		if time.Now().After(deadline) {
			return fmt.Errorf("process %d does not end", r.PID)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil
}

// startTime is when a process started, in the kernel's ticks. A process that
// has ended and waits to be collected counts as none.
func startTime(pid int) (string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	// The name, in parentheses, may hold spaces; the fields after it don't.
	_, rest, _ := strings.Cut(string(text[strings.LastIndexByte(string(text), ')')+1:]), " ")
	fields := strings.Fields(rest)
	const state, start = 0, 19
	if len(fields) <= start || fields[state] == "Z" {
		return "", fs.ErrNotExist
	}
	return fields[start], nil
}
