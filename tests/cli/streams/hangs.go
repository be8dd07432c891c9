package integration

import (
	"os"
	"testing"
	"time"
)

func TestFails(t *testing.T) {
	t.Error("not up")
}

func TestMain(m *testing.M) {
	m.Run()
	time.Sleep(time.Hour)
	os.Exit(1)
}
