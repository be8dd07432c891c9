package integration

import (
	"fmt"
	"os"
	"testing"
)

func TestOne(t *testing.T) {}

func TestMain(m *testing.M) {
	m.Run()
	fmt.Print("the server's log:\npanic: nil map\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/main.go:9 +0x1d\n")
	fmt.Println("FAIL: the server has panicked")
	os.Exit(1)
}
