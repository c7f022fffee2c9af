package web

import (
	"io/fs"
	"testing"
)

func TestDistIsReadableWhetherOrNotAnythingWasBuilt(t *testing.T) {
	if _, err := fs.Stat(Dist(), "."); err != nil {
		t.Fatal(err)
	}
	if _, err := fs.Stat(Dist(), "index.html"); Built() && err != nil {
		t.Fatalf("Built() is true, but: %v", err)
	}
}
