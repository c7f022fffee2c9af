package player

import "slices"

// deed is something a person did that can be undone: a change of the model's acts, or what was opened or folded on the map.
type deed struct {
	acts change
	// fold was opened when open is set, else folded; 0 for a change of acts.
	fold uint64
	open bool
}

// maxUndo bounds the deeds that can be undone.
const maxUndo = 200

// did remembers a deed; what was undone before it cannot be redone any more.
func (p *Player) did(d deed) {
	p.past = append(p.past, d)
	if len(p.past) > maxUndo {
		p.past = append(p.past[:0], p.past[1:]...)
	}
	p.future = nil
}

// undo takes back the last deed.
func (p *Player) undo() error {
	n := len(p.past) - 1
	if n < 0 {
		return refuse("nothing-to-undo", "there is nothing to undo")
	}
	d := p.past[n]
	p.past = p.past[:n]
	p.future = append(p.future, d)
	if d.fold != 0 {
		p.setFold(d.fold, !d.open)
		return nil
	}
	p.sim.restore(p, d.acts.before)
	return nil
}

// redo does again what was undone last.
func (p *Player) redo() error {
	n := len(p.future) - 1
	if n < 0 {
		return refuse("nothing-to-redo", "there is nothing to redo")
	}
	d := p.future[n]
	p.future = p.future[:n]
	p.past = append(p.past, d)
	if d.fold != 0 {
		p.setFold(d.fold, d.open)
		return nil
	}
	p.sim.restore(p, d.acts.after)
	return nil
}

// fold opens what is folded on the map, or folds it again.
func (p *Player) fold(id string, open bool) error {
	fold, ok := foldID(id)
	if !ok {
		return refuse("unknown-fold", "there is nothing to open or fold by the name of "+id)
	}
	if p.setFold(fold, open) {
		p.did(deed{fold: fold, open: open})
	}
	return nil
}

// setFold reports whether that changes anything.
func (p *Player) setFold(fold uint64, open bool) bool {
	if !p.layout.Open(fold, open) {
		return false
	}
	if open {
		p.folds = append(p.folds, fold)
	} else if i := slices.Index(p.folds, fold); i >= 0 {
		p.folds = slices.Delete(p.folds, i, i+1)
	}
	return true
}

// replace lets the layout forget all places, not what a person opened.
func (p *Player) replace() {
	p.layout.Reset()
	for _, f := range p.folds {
		p.layout.Open(f, true)
	}
}
