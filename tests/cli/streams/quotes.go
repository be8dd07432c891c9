package integration

import (
	"fmt"
	"testing"
)

const quoted = `==================
WARNING: DATA RACE
Write at 0x00c0 by goroutine 7:
  main.serve()
      /srv/main.go:12 +0x1
==================
panic: nil map

goroutine 1 [running]:
main.main()
	/srv/main.go:9 +0x1d
exit status 2
fatal error: all goroutines are asleep - deadlock!
--- FAIL: TestOther (0.00s)
    testing.go:1490: race detected during execution of test
panic: test timed out after 10m0s
	running tests:
		TestOther (10m0s)

goroutine 9 [running]:
testing.(*M).startAlarm.func1()
	/usr/local/go/src/testing/testing.go:2682 +0x345
*** Test killed with quit: ran too long (11m0s).
signal: killed
FAIL	example.com/server	0.01s
FAIL
`

func TestQuotes(t *testing.T)    { fmt.Print(quoted); t.Log(quoted) }
func TestOwnReason(t *testing.T) { t.Error("want 1, got 2"); t.Log("cleaned up") }
func TestQuotesAndFails(t *testing.T) {
	fmt.Print(quoted)
	t.Fatal("the server panicked")
}
