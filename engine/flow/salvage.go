package flow

import "encoding/binary"

// Salvage emits the events of the last block that came in part only: a recording that was cut short ends in the middle
// of one. The block's checksum is missing, so its content is as good as what came before the cut, not proven. It
// returns how many events it saved. The input has ended: after this, Feed is of no use.
func (d *Decoder) Salvage() (events int) {
	if d.failed != nil || len(d.buf) == 0 || BlockType(d.buf[0]) != BlockBatch {
		return 0
	}
	size, n := binary.Uvarint(d.buf[1:])
	if n <= 0 || size > MaxBlock {
		return 0
	}
	src := d.buf[1+n:]
	src = src[:min(uint64(len(src)), size)]
	c := cursor{src: src}
	h, err := readBatchHead(&c)
	if err != nil || !d.follows(&h) {
		return 0
	}
	d.rec.lastAt, d.rec.lastMsg = h.at, MsgID(h.msg)
	for src = src[c.pos:]; uint64(events) < h.count; events++ {
		n, with, err := d.rec.Read(src, &d.ev, &d.msg)
		if err != nil || n > len(src) {
			break
		}
		src = src[n:]
		d.events++
		if with {
			d.sink.Emit(&d.ev, &d.msg)
		} else {
			d.sink.Emit(&d.ev, nil)
		}
	}
	return events
}

// follows reports whether a batch is the one that comes next.
func (d *Decoder) follows(h *batchHead) bool {
	return d.synced && h.segment == d.segment && h.batch == d.batch && h.first == d.events && h.known == uint64(len(d.rec.dict))
}
