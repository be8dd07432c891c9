package integration

import "testing"

func ExampleThing() {}

func TestOne(t *testing.T) { t.Errorf("%d", "x") }
