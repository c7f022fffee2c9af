package layout

import "rpcscope/engine/view"

func (e *Engine) portraitBudget() int              { return 4 }
func (e *Engine) portraitFits(st *view.State) bool { return true }
func (e *Engine) placePortrait(st *view.State)     { e.placeLandscape(st) }
