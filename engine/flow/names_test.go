package flow_test

import (
	"fmt"
	"testing"

	"rpcscope/engine/flow"
)

func TestABoundedTableOfNamesStopsGrowing(t *testing.T) {
	var n flow.Names
	before := n.Intern("before")
	n.Bound(10)
	for i := range 100 {
		n.Intern(fmt.Sprint("name ", i))
	}
	last := n.InternBytes([]byte("another"))
	if n.Len() != 10 || n.Text(last) != flow.Rest || n.Refused() != 94 {
		t.Errorf("%d names, the last is %q, %d refused", n.Len(), n.Text(last), n.Refused())
	}
	if n.Intern("before") != before || n.Text(n.Intern("name 3")) != "name 3" {
		t.Error("what was known is no longer")
	}
	c := n.Clone()
	if c.Intern("yet another") != last || c.Len() != 10 {
		t.Error("a clone grows")
	}
}

func TestABoundIsNeverBelowWhatIsThere(t *testing.T) {
	var n flow.Names
	for i := range 20 {
		n.Intern(fmt.Sprint(i))
	}
	n.Bound(5)
	if n.Text(n.Intern("7")) != "7" || n.Text(n.Intern("new")) != flow.Rest {
		t.Error("names were lost")
	}
}
