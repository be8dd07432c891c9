package hsic

import "testing"

func Fails(t *testing.T) {
	t.Fatal("headscale is not up")
}
