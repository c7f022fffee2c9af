package scene

import (
	"math"

	"rpcscope/engine/view"
)

const (
	glyphTopic   = "M-9.6,-5.2V1.2M-12.4,-3.6L-6.8,-.4M-12.4,-.4L-6.8,-3.6M-2,4.6H-1.4M6.2,-5.6L4.6,5.4M10.6,-5.6L9,5.4M3.2,-2.2H12.4M2.6,2.2H11.8"
	glyphDirect  = "M-8,-4.5H8M-8,4.5H8"
	glyphFanout  = "M-10,0H9M-10,0L9,-10.5M-10,0L9,10.5"
	glyphHeaders = "M-11,-7H-10.6M-5,-7H12M-11,0H-10.6M-5,0H12M-11,7H-10.6M-5,7H12"
	glyphDefault = "M-7,-5.5V-.6M-2.8,-5.5V-.6M2.8,-5.5V-.6M7,-5.5V-.6"
	glyphSocket  = "M-15,-4H-7M-15,4H-7M-7,-9V9M-7,-9H-2a9,9 0 0 1 0,18H-7M7,0H15"
	glyphUnknown = "M-3,-4.5A3.2,3.2 0 1 1 1.2,-.2C.2,.4 0,1 0,2M0,6H.2"
	glyphGate    = "M-6,0c2,-4.2 4.4,-4.2 6,0s4,4.2 6,0s-4,-4.2 -6,0s-4,4.2 -6,0Z"

	roleInvoker = "M-5,5V-3a2,2 0 0 1 2,-2H-1M0,0L6,-6M1.5,-6H6V-1.5M6,2.5V3a2,2 0 0 1 -2,2H-5"
	roleWorker  = "M-6,0H1M-2,-3.4L1.4,0L-2,3.4M-1,-6H4a2,2 0 0 1 2,2V4a2,2 0 0 1 -2,2H-1"
	roleBoth    = "M-6,-3H5.5M2.2,-6L5.6,-3L2.2,0M6,3.5H-5.5M-2.2,.5L-5.6,3.5L-2.2,6.5"
)

// exchangeOutline draws the shape of a type around the pen's origin.
func (c *canvas) exchangeOutline(f view.ExchangeForm) {
	switch f {
	case view.FormTopic:
		c.poly(8, 0, -34, 34, 0, 0, 34, -34, 0)
	case view.FormFanout:
		c.poly(7, -22, -11, 20, -29, 20, 29, -22, 11)
	case view.FormHeaders:
		c.poly(7, -30, 0, -15, -25, 15, -25, 30, 0, 15, 25, -15, 25)
	case view.FormSocket:
		c.poly(6, -26, -21, 16, -21, 30, 0, 16, 21, -26, 21)
	case view.FormDefault:
		c.circle(0, 0, 26)
	default:
		c.poly(8, -24, -24, 24, -24, 24, 24, -24, 24)
	}
}

func exchangeGlyph(f view.ExchangeForm) (d string, width float32) {
	switch f {
	case view.FormTopic:
		return glyphTopic, 1.7
	case view.FormFanout:
		return glyphFanout, 2
	case view.FormHeaders:
		return glyphHeaders, 2.25
	case view.FormSocket:
		return glyphSocket, 2
	case view.FormDefault:
		return glyphDefault, 2.2
	case view.FormDirect:
		return glyphDirect, 2.25
	}
	return glyphUnknown, 2
}

// exchangeShape draws an exchange in a hue.
func (c *canvas) exchangeShape(f view.ExchangeForm, x, y, k float32, h Hue, hot bool) {
	w := float32(1.5)
	if hot {
		w = 2
	}
	c.begin()
	c.at(x, y, k)
	c.exchangeOutline(f)
	c.at(0, 0, 1)
	c.outlined(LayerNode, Surface2, h.Paint(PartLine), w)
	d, gw := exchangeGlyph(f)
	c.mark(LayerNode, d, x, y, k, h.Paint(PartInk), gw*k)
	if f == view.FormDefault {
		c.disc(x, y, 21.5*k)
		p := c.add(LayerNode, NoPaint, h.Paint(PartLine), 1)
		p.Dash = [2]float32{1.5, 3.5}
		p.Alpha *= .9
	}
}

// capsule has the measures of a queue's drawing.
type capsule struct {
	x, y, w, h            float32
	pitch, pad, gap, mini float32
	slots, una            int
	mirrored              bool
}

func newCapsule(x, y, w, h float32, slots, una int, mirrored bool) capsule {
	q := capsule{x: x, y: y, w: w, h: h, slots: slots, una: una, mirrored: mirrored}
	q.pitch, q.pad, q.gap, q.mini = 16, 14, 8, 5
	if h < 36 {
		q.pitch, q.pad, q.gap, q.mini = 14, 10, 6, 4.4
	}
	return q
}

func (q *capsule) divider() float32 { return q.pad + float32(q.slots)*q.pitch + q.gap }

// at turns a length from the tail into a place.
func (q *capsule) at(v float32) float32 {
	if q.mirrored {
		return q.x + q.w - v
	}
	return q.x + v
}

// ready is the middle of the i-th ready slot, 0 next to the divider; unacked of the i-th beyond it.
func (q *capsule) ready(i float32) float32 {
	return q.at(q.divider() - q.gap - q.pitch*(i+.5))
}
func (q *capsule) unacked(i float32) float32 { return q.at(q.divider() + q.gap + q.pitch*(i+.5)) }
func (q *capsule) cy() float32               { return q.y + q.h/2 }
func (q *capsule) tail() float32             { return q.at(0) }

// capsuleShape draws an empty queue. With a level bar the slots are left out.
func (c *canvas) capsuleShape(q capsule, bar bool) {
	c.roundRect(q.x, q.y, q.w, q.h, q.h/2)
	c.add(LayerNode, Surface2, NoPaint, 0).Convex = true
	c.hatch(q)
	if !bar {
		c.begin()
		for i := range q.slots {
			c.rect(q.ready(float32(i))-q.pitch/2+1, q.y+q.h*.24, q.pitch-2, q.h*.52, 4)
		}
		c.add(LayerSlot, Well, NoPaint, 0).Convex = true
		c.begin()
		for i := range q.slots {
			c.circle(q.ready(float32(i)), q.cy(), 1.5)
		}
		c.add(LayerSlot, LineStrong, NoPaint, 0).Convex = true
	}
	c.begin()
	zx := q.at(q.divider())
	c.move(zx, q.y+q.h*.2)
	c.line(zx, q.y+q.h*.8)
	c.add(LayerSlot, NoPaint, LineStrong, 1.5).Dash = [2]float32{2, 3}
}

func (c *canvas) capsuleRim(q capsule, stroke Paint, width float32) *Path {
	c.roundRect(q.x, q.y, q.w, q.h, q.h/2)
	return c.outlined(LayerSlot, NoPaint, stroke, width)
}

// hatch fills the zone of the unacknowledged with lines of 45°, cut to the capsule.
func (c *canvas) hatch(q capsule) {
	r := q.h / 2
	lo, hi := q.divider(), q.w // in lengths from the tail
	step := float32(6 * math.Sqrt2)
	c.begin()
	for k := lo + 2; k < hi+q.h; k += step {
		// The line x = k - y (or, mirrored, seen from the other side: x = k - h + y).
		first, last := float32(-1), float32(-1)
		const n = 28
		for i := range n + 1 {
			y := q.h * float32(i) / n
			x := k - y
			if q.mirrored {
				x = k - q.h + y
			}
			in := x >= lo && x <= hi
			if x > hi-r {
				dx, dy := x-(hi-r), y-r
				in = dx*dx+dy*dy <= (r-.5)*(r-.5)
			}
			if in {
				if first < 0 {
					first = y
				}
				last = y
			}
		}
		if last-first < 1 {
			continue
		}
		x0, x1 := k-first, k-last
		if q.mirrored {
			x0, x1 = k-q.h+first, k-q.h+last
		}
		c.move(q.at(x0), q.y+first)
		c.line(q.at(x1), q.y+last)
	}
	c.add(LayerNode, NoPaint, Hair, 1)
}

// dot is the state of a process: shape and colour say it twice.
func (c *canvas) dot(x, y float32, cond view.Condition, busy bool) {
	line, fillp := HueReply.Paint(PartLine), HueReply.Paint(PartFill)
	switch {
	case busy:
		c.disc(x, y, 3)
		c.add(LayerSlot, fillp, NoPaint, 0).Convex = true
		c.begin()
		c.arc(x, y, 6, .68)
		c.add(LayerSlot, NoPaint, line, 1.75).Round = true
	case cond == view.Up:
		c.disc(x, y, 4.5)
		c.add(LayerSlot, fillp, line, 1).Convex = true
	case cond == view.Starting:
		c.disc(x, y, 4.5)
		c.add(LayerSlot, NoPaint, Ink2, 1.5)
		c.begin()
		c.at(x, y, 1)
		c.strokes("M0,-4.5a4.5,4.5 0 0 1 0,9Z")
		c.at(0, 0, 1)
		c.add(LayerSlot, Ink2, NoPaint, 0).Convex = true
	case cond == view.Stopped:
		c.disc(x, y, 4.25)
		c.add(LayerSlot, NoPaint, Ink3, 1.75)
	case cond == view.Killed:
		c.disc(x, y, 6.5)
		c.add(LayerSlot, HueFault.Paint(PartFill), NoPaint, 0).Convex = true
		c.mark(LayerSlot, "M-2.4,-2.4L2.4,2.4M2.4,-2.4L-2.4,2.4", x, y, 1, HueFault.Paint(PartGlyph), 1.75)
	case cond == view.Paused:
		c.disc(x, y, 6.5)
		c.add(LayerSlot, NoPaint, HueWarn.Paint(PartLine), 1.75)
		c.mark(LayerSlot, "M-1.6,-2.6V2.6M1.6,-2.6V2.6", x, y, 1, HueWarn.Paint(PartLine), 1.75)
	case cond == view.Silent:
		c.disc(x, y, 6.5)
		c.add(LayerSlot, NoPaint, HueFault.Paint(PartLine), 1.75)
		c.mark(LayerSlot, "M-3,0H3", x, y, 1, HueFault.Paint(PartLine), 1.75)
	default:
		c.disc(x, y, 4.25)
		c.add(LayerSlot, NoPaint, Ink3, 1.5).Dash = [2]float32{2, 2}
	}
}

// gateWidth is how wide a gate for a prefetch limit is. Beyond eight places it shows numbers.
func gateWidth(limit int64) float32 {
	if limit <= 0 {
		return 30
	}
	if limit > maxGate { // "held/limit"
		d := float32(1)
		for ; limit >= 10; limit /= 10 {
			d++
		}
		return max(30, (2*d+1)*6.8+10)
	}
	return max(30, float32(limit)*12+10)
}

const maxGate = 6

// gate is the prefetch window of a consumer, standing on the edge of its card.
func (c *canvas) gate(x, y float32, limit int64, stroke Paint, width float32) {
	w := gateWidth(limit)
	c.roundRect(x-w/2, y-9, w, 18, 9)
	c.add(LayerPort, Surface1, stroke, width).Convex = true
	switch {
	case limit <= 0:
		c.mark(LayerPort, glyphGate, x, y, 1, Ink2, 1.5)
	case limit <= maxGate:
		c.begin()
		for i := range limit {
			c.circle(gateSlot(x, limit, int(i)), y, 1.6)
		}
		c.add(LayerPort, LineStrong, NoPaint, 0).Convex = true
	}
}

func gateSlot(x float32, limit int64, i int) float32 {
	return x + (float32(i)-float32(limit-1)/2)*12
}

// port is where a process publishes.
func (c *canvas) port(x, y float32, stroke Paint) {
	c.disc(x, y, 4)
	c.add(LayerPort, Ground, stroke, 1.75).Convex = true
}
