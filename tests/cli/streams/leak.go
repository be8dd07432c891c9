package integration

import (
	"fmt"
	"os"
	"testing"
)

func TestOne(t *testing.T) {}

func TestMain(m *testing.M) {
	code := m.Run()
	fmt.Println("tearing down")
	fmt.Println("goleak: Errors on successful test run: found unexpected goroutines:")
	fmt.Println("[Goroutine 18 in state chan receive, with main.wait on top of the stack:")
	fmt.Println("main.wait()\n\t/src/wait.go:3 +0x1d\ncreated by main.start in goroutine 5\n\t/src/wait.go:9 +0x2a\n]")
	if code == 0 {
		os.Exit(1)
	}
	os.Exit(code)
}
