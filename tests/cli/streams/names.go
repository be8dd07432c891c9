package integration

import (
	"fmt"
	"strings"
	"testing"
)

func TestÜber(t *testing.T) {
	t.Run("</script><!--", func(t *testing.T) { t.Error("ein Fehler") })
	t.Run("a/b c", func(t *testing.T) {})
	t.Run("::error::x", func(t *testing.T) {})
	t.Run(strings.Repeat("long", 100), func(t *testing.T) {})
}

func TestNoNewline(t *testing.T) { fmt.Print("no newline") }

func TestSubs(t *testing.T) {
	for _, n := range []string{"a", "b"} {
		t.Run(n, func(t *testing.T) { t.Parallel(); fmt.Println("in", n); t.Log("log", n) })
	}
}

func ExampleWrong() {
	fmt.Println("got this")
	// Output: want that
}

func FuzzIt(f *testing.F) {
	f.Add("seed")
	f.Fuzz(func(t *testing.T, s string) { t.Errorf("bad %q", s) })
}
