package integration

import (
	"testing"
	"time"
)

func TestStarts(t *testing.T) {
	go func() {
		time.Sleep(300 * time.Millisecond)
		panic("send on\nclosed channel")
	}()
}

func TestMeanwhile(t *testing.T) { time.Sleep(2 * time.Second) }
