package integration

import (
	"fmt"
	"log"
	"testing"
)

func TestEnds(t *testing.T) {
	fmt.Print("panic: nil map\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/main.go:9 +0x1d\n")
	log.Fatal("no engine at /var/run/docker.sock")
}
