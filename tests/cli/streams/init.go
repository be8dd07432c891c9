package integration

import "testing"

var m map[string]int

func init() { m["x"] = 1 }

func TestOne(t *testing.T) {}
