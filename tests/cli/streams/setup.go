package integration

import (
	"fmt"
	"os"
	"testing"
)

func TestOne(t *testing.T) {}

func TestMain(m *testing.M) {
	fmt.Println("no engine: is docker running?")
	os.Exit(1)
}
