package integration

import (
	"testing"

	"github.com/juanfont/headscale/integration/hsic"
)

func TestParent(t *testing.T) {
	t.Run("one", func(*testing.T) { t.FailNow() })
}

func TestHelper(t *testing.T) { hsic.Fails(t) }
