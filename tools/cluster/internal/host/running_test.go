package host

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"phasma.dev/tools/cluster/internal/layout"
)

func TestARecordKnowsItsProcessFromALaterOne(t *testing.T) {
	started, err := startTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if own := (running{PID: os.Getpid(), Started: started}); !own.alive() {
		t.Error("this process passes for ended")
	}
	if other := (running{PID: os.Getpid(), Started: started + "1"}); other.alive() {
		t.Error("a process with the same number passes for the recorded one")
	}
	if none := (running{}); none.alive() {
		t.Error("no record passes for a process")
	}
}

func TestKillWaitsForTheEnd(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	started, err := startTime(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	record := running{PID: cmd.Process.Pid, Started: started}
	if err := record.kill(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if record.alive() {
		t.Error("still there")
	}
	_ = cmd.Wait()
}

func TestTheRecordComesBack(t *testing.T) {
	l := layout.Layout{Root: t.TempDir()}
	if r, err := load(l); err != nil || r.PID != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if err := os.MkdirAll(filepath.Dir(l.Running()), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := (running{PID: 7, Started: "8", Made: []string{"/x"}}).save(l); err != nil {
		t.Fatal(err)
	}
	if r, err := load(l); err != nil || r.PID != 7 || r.Started != "8" || r.Made[0] != "/x" {
		t.Errorf("%+v, %v", r, err)
	}
}
