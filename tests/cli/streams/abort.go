package integration

import (
	"os"
	"syscall"
	"testing"
	"time"
)

func TestAborts(t *testing.T) {
	syscall.Kill(os.Getpid(), syscall.SIGABRT)
	time.Sleep(time.Second)
}
