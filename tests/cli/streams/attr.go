package integration

import "testing"

func TestAttr(t *testing.T) {
	t.Attr("ticket", "HS-1")
	t.ArtifactDir()
}
