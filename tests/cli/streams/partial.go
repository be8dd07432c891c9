package integration

import (
	"fmt"
	"strings"
	"testing"
)

func TestPartial(t *testing.T) {
	t.Run("n4096", func(t *testing.T) { fmt.Print(strings.Repeat("x", 4096)) })
	t.Run("after", func(t *testing.T) {})
}

func TestTop4096(t *testing.T) { fmt.Print(strings.Repeat("x", 4096)) }
