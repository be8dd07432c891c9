package integration

import (
	"os"
	"testing"
	"time"
)

func TestOne(t *testing.T) {
	go func() {
		time.Sleep(100 * time.Millisecond)
		panic("send on closed channel")
	}()
}

func TestMain(m *testing.M) {
	code := m.Run()
	time.Sleep(time.Second)
	os.Exit(code)
}
