package integration

import (
	"fmt"
	"testing"
	"time"
)

func TestPassesFirst(t *testing.T) {}

// The panic of the test's own goroutine, behind a line that it left open; a parallel test is still at it.
func TestPanics(t *testing.T) {
	t.Run("sub", func(t *testing.T) {
		t.Log("all are up")
		fmt.Print("dots...")
		var m map[string]int
		m["x"] = 1
	})
}

func TestNever(t *testing.T) { time.Sleep(time.Second) }
