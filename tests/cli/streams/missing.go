package integration

import (
	"testing"

	_ "example.com/not/there"
)

func TestOne(t *testing.T) {}
