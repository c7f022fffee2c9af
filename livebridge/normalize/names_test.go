package normalize

import (
	"fmt"
	"testing"
)

// TestTrafficOfEverNewNamesStaysWithinBounds: a bridge runs for months.
func TestTrafficOfEverNewNamesStaysWithinBounds(t *testing.T) {
	x := &told{}
	x.names.Bound(200)
	n := New(&x.names, x, 0)
	for i := range 300 {
		r := trc(int64(i), "publish.nova", "nova", "k", "{}", "")
		r.Headers["properties"] = map[string]any{"message_id": fmt.Sprint("id ", i)}
		take(t, n, r)
	}
	if x.names.Len() > 200 || x.count("the table of names is full") != 1 {
		t.Errorf("%d names; said it %d times", x.names.Len(), x.count("the table of names is full"))
	}
	if got := x.count("publishes message"); got != 300 {
		t.Errorf("%d publishes of 300 came through", got)
	}
}
