package integration

import (
	"fmt"
	"os"
	"testing"
)

func TestExits(t *testing.T) {
	fmt.Println("cannot go on")
	os.Exit(3)
}
