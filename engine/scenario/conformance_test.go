package scenario_test

import (
	stdcmp "cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestConformance compares what each of the model's processes says and hears,
// connection by connection and method by method with all arguments, with what
// the real programs said and heard. Random ids must correspond one to one
// over the whole capture; times and the order of independent streams are free.
func TestConformance(t *testing.T) {
	for _, number := range []string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "11", "12", "14", "17", "19", "22"} {
		t.Run(number, func(t *testing.T) {
			want := readCapture(t, number)
			methods := 0
			for _, d := range want {
				methods += len(d.lines)
			}
			t.Logf("%d methods on %d connections", methods, len(want))
			for seed := range uint64(3) {
				compare(t, want, runModel(t, number, seed+1).all.list)
			}
		})
	}
}

// compare pairs up the connections: processes in the order in which they
// appear, within each process the connections of a role in the order of opening.
func compare(t *testing.T, want, got []*dialogue) {
	t.Helper()
	modelled := map[string]*dialogue{}
	for i, key := range keys(got) {
		modelled[key] = got[i]
	}
	ids := correspondence{there: map[string]string{}, back: map[string]string{}}
	for i, key := range keys(want) {
		g := modelled[key]
		if g == nil {
			t.Errorf("no connection %s", key)
			continue
		}
		delete(modelled, key)
		for _, lane := range lanes(want[i].role) {
			a, b := lane.of(want[i]), lane.of(g)
			ids.rename(b, a)
			if diff := cmp.Diff(a, b); diff != "" {
				t.Errorf("%s, %s (− captured, + modelled):\n%s", key, lane.name, diff)
			}
		}
	}
	for key := range modelled { // unsorted: all of them are errors
		t.Errorf("connection %s has no counterpart in the capture", key)
	}
	if diff := cmp.Diff(comings(want), comings(got)); diff != "" {
		t.Errorf("connections opened and closed by each process (− captured, + modelled):\n%s", diff)
	}
}

// keys names each connection by process, role and number.
func keys(list []*dialogue) []string {
	out, count := make([]string, len(list)), map[string]int{}
	for i, d := range list {
		k := d.program + " " + d.role
		count[k]++
		out[i] = fmt.Sprintf("%s %d", k, count[k])
	}
	return out
}

// comings says in which order each process opened and closed its connections:
// a client the one for replies before the first for sending, a server that
// stops those it listens on before those it sends on.
func comings(list []*dialogue) map[string][]string {
	type act struct {
		at   int64
		text string
	}
	acts := map[string][]act{}
	for i, key := range keys(list) {
		for _, l := range list[i].lines {
			for _, op := range []string{"connection.open ", "connection.close"} {
				if strings.HasPrefix(l.text, "→ "+op) {
					acts[list[i].program] = append(acts[list[i].program], act{l.at, op + " of " + key})
				}
			}
		}
	}
	out := map[string][]string{}
	for program, list := range acts { // unsorted: each entry by itself
		slices.SortStableFunc(list, func(a, b act) int { return stdcmp.Compare(a.at, b.at) })
		for _, a := range list {
			out[program] = append(out[program], a.text)
		}
	}
	return out
}

// lane is a part of a connection's dialogue whose order is determined. Sending
// connections are strictly in turn and have one lane. On a connection that
// receives, deliveries arrive whenever they do, and each is answered when the
// worker got to it.
type lane struct {
	name string
	has  func(text string) bool
}

func (l lane) of(d *dialogue) []string {
	out := []string{}
	for _, x := range d.lines {
		if l.has(x.text) {
			out = append(out, x.text)
		}
	}
	return out
}

func lanes(role string) []lane {
	delivered := func(s string) bool { return strings.HasPrefix(s, "← basic.deliver") }
	settled := func(s string) bool {
		return strings.HasPrefix(s, "→ basic.ack") || strings.HasPrefix(s, "→ basic.reject")
	}
	if role == "SC" {
		return []lane{{"all", func(string) bool { return true }}}
	}
	return []lane{
		{"control", func(s string) bool { return !delivered(s) && !settled(s) }},
		{"deliveries", delivered},
		{"acknowledgements", settled},
	}
}

// correspondence pairs the random ids of two sides.
type correspondence struct{ there, back map[string]string }

// rename replaces the ids of lines by their counterparts in like, where lines
// agree apart from ids; an id that already has another counterpart stays as it is.
func (c *correspondence) rename(lines, like []string) {
	for i := range lines {
		if i >= len(like) {
			return
		}
		mine, theirs := randomID.FindAllString(lines[i], -1), randomID.FindAllString(like[i], -1)
		if len(mine) != len(theirs) {
			continue
		}
		for k, id := range mine {
			other := theirs[k]
			if c.there[id] == "" && c.back[other] == "" {
				c.there[id], c.back[other] = other, id
			}
			if c.there[id] == other {
				lines[i] = strings.Replace(lines[i], id, other, 1)
			}
		}
	}
}
