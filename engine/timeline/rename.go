package timeline

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// Rename moves the log and the cursor that stands in it to another table of
// names. The segments have their own dictionaries and stay as they are; the
// frames are taken anew. Other cursors are no longer good.
func (t *Timeline) Rename(names *flow.Names, c *Cursor) {
	s := view.New(t.names, t.limits)
	var prev *view.Frame
	t.frameBytes = 0
	for i := range t.frames {
		s.Thaw(t.frames[i].state)
		s.Rename(names)
		t.frames[i].state = s.Freeze(prev)
		prev = t.frames[i].state
		if i > 0 {
			t.frameBytes += prev.Bytes()
		}
	}
	t.names, t.spare = names, nil
	t.w = flow.NewRecordWriter(names)
	t.full = true
	pos := c.Position()
	c.state.Rename(names)
	at := t.ReaderAt(pos)
	c.seg, c.pos, c.index, c.end, c.peeked, c.gen = at.seg, at.pos, at.index, at.end, false, t.generation
	c.rec = at.rec
}
