package integration

import "testing"

func TestRaces(t *testing.T) {
	t.Run("sub", func(t *testing.T) {
		var n int
		done := make(chan bool)
		go func() { n++; done <- true }()
		n++
		<-done
	})
}
