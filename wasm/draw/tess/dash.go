package tess

// trimmed returns the first part of the polyline, as an open one, in t.cut.
func (t *Tessellator) trimmed(ps []point, closed bool, part float32) []point {
	t.cut = append(t.cut[:0], ps...)
	if closed {
		t.cut = append(t.cut, ps[0])
	}
	total := float32(0)
	for i := 1; i < len(t.cut); i++ {
		total += t.cut[i].sub(t.cut[i-1]).len()
	}
	left := total * part
	for i := 1; i < len(t.cut); i++ {
		l := t.cut[i].sub(t.cut[i-1]).len()
		if l >= left {
			if l > 0 {
				t.cut[i] = lerp(t.cut[i-1], t.cut[i], left/l)
			}
			return t.cut[:i+1]
		}
		left -= l
	}
	return t.cut
}

// maxDashes bounds the dashes of one outline, so that a wrong pattern cannot
// fill the memory.
const maxDashes = 4096

// dashes strokes the polyline piece by piece. phase is how far into the pattern
// the outline starts.
func (t *Tessellator) dashes(k *pen, ps []point, closed bool, pattern [2]float32, phase, alpha float32) {
	on, period := pattern[0], pattern[0]+pattern[1]
	n := len(ps)
	if closed {
		n++
	}
	pos := phase - period*floor(phase/period) // within the pattern
	drawing := pos < on
	t.dash = t.dash[:0]
	if drawing {
		t.dash = append(t.dash, ps[0])
	}
	count := 0
	for i := 1; i < n; i++ {
		a, b := ps[i-1], ps[i%len(ps)]
		length, done := b.sub(a).len(), float32(0)
		for count < maxDashes {
			edge := period
			if drawing {
				edge = on
			}
			if step := edge - pos; done+step <= length {
				done += step
				t.dash = append(t.dash, lerp(a, b, done/max(length, 1e-6)))
				if drawing {
					k.dashPiece(t.dash, alpha)
					t.dash, pos = t.dash[:0], on
				} else {
					pos = 0 // the point just added begins the next dash
				}
				drawing = !drawing
				count++
				continue
			}
			pos += length - done
			if drawing {
				t.dash = append(t.dash, b)
			}
			break
		}
	}
	if drawing && len(t.dash) > 1 {
		k.dashPiece(t.dash, alpha)
	}
}

// dashPiece strokes one dash; a dash of no length is a dot if caps are round.
func (k *pen) dashPiece(ps []point, alpha float32) {
	if len(ps) == 2 && ps[0] == ps[1] {
		ps = ps[:1]
	}
	k.stroke(ps, false, alpha, nil)
}

func floor(v float32) float32 {
	i := float32(int(v))
	if i > v {
		i--
	}
	return i
}
