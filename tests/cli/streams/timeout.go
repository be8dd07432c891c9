package integration

import (
	"testing"
	"time"
)

func wait() { time.Sleep(time.Minute) }

func TestA(t *testing.T) {
	t.Parallel()
	t.Run("slow", func(t *testing.T) {
		t.Log("in A")
		wait()
	})
}

func TestB(t *testing.T) {
	t.Parallel()
	wait()
}

func TestC(t *testing.T) { t.Log("fine") }
