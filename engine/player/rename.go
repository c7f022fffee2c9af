package player

import "rpcscope/engine/flow"

// The table of names is made anew when it has grown to renameAt names, and next
// when it has grown to twice what was left then: a live stream names ever new things.
const renameFirst = 50_000

// forget makes the table of names anew with those that are still in use. The log has texts of its own.
func (p *Player) forget() {
	f := p.feed
	if f == nil || p.names.Len() < f.renameAt {
		return
	}
	p.rename()
	f.renameAt = max(renameFirst, 2*p.names.Len())
}

func (p *Player) rename() {
	p.news.word(p.names)
	names := &flow.Names{}
	p.feed.decoder.Rename(names)
	p.pacer.Rename(names)
	p.tl.Rename(names, p.cur)
	p.names = names
	p.sel.stale = true
	p.sel.hoverID = ""
	p.sel.hovered = thing{}
	p.rows = logWindow{}
	p.strip.shown, p.strip.next = nil, nil
	// Its memory of places goes by the numbers of names.
	p.replace()
}
