package main

import (
	"strconv"

	"rpcscope/engine/scene"
)

// hitTest returns the id of what lies at a point of the world: the nearest
// message within reach, else the smallest node that contains the point, else "".
// slack enlarges everything, in world units, for fingers.
func hitTest(l *scene.List, x, y, slack float32) string {
	const tokenReach = 12
	best := -1
	bestD := float32(-1)
	for i := range l.Tokens {
		t := &l.Tokens[i]
		if t.ID == 0 && t.Rest.IsZero() || t.Alpha <= 0 {
			continue
		}
		dx, dy := t.X-x, t.Y-y
		d, reach := dx*dx+dy*dy, tokenReach*t.Scale+slack
		if d <= reach*reach && (bestD < 0 || d <= bestD) {
			best, bestD = i, d
		}
	}
	if best >= 0 {
		if t := &l.Tokens[best]; t.ID == 0 {
			return "r:" + t.Rest.String()
		}
		return "m:" + strconv.FormatUint(l.Tokens[best].ID, 10)
	}
	var id []byte
	area := float32(0)
	for i := range l.Proxies {
		p := &l.Proxies[i]
		if x < p.X-slack || y < p.Y-slack || x > p.X+p.W+slack || y > p.Y+p.H+slack {
			continue
		}
		if a := p.W * p.H; len(id) == 0 || a < area {
			id, area = p.AppendID(id[:0]), a
		}
	}
	return string(id)
}
