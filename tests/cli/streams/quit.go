package integration

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

func TestIgnores(t *testing.T) {
	signal.Ignore(syscall.SIGQUIT)
	fmt.Println("waiting")
	time.Sleep(time.Hour)
}

func TestMain(m *testing.M) {
	// Its own timeout is off: go kills it.
	for i, a := range os.Args {
		if len(a) > 14 && a[:14] == "-test.timeout=" {
			os.Args[i] = "-test.timeout=0"
		}
	}
	os.Exit(m.Run())
}
