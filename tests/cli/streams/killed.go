package integration

import (
	"os"
	"syscall"
	"testing"
	"time"
)

func TestIsKilled(t *testing.T) {
	t.Log("starting 300 clients")
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
	time.Sleep(time.Second)
}
