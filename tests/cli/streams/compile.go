package integration

import "testing"

func TestOne(t *testing.T) { undefined() }
