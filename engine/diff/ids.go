package diff

import (
	"strconv"
	"strings"

	"rpcscope/engine/flow"
)

// idKind says what an id is of; ids of different kinds never correspond.
type idKind uint8

const (
	idRandom  idKind = iota + 1 // 32 hex digits, a UUID, what follows amq.gen- or amq.ctag-, or a port given at random
	idMessage                   // a message of the stream
	idTag                       // a delivery tag of a channel
	idConfirm                   // the number of a publish on a channel that confirms
	idVHost
	idProcess
	idConn
)

// idKey identifies an id within one stream.
type idKey struct {
	kind idKind
	a, b uint64
}

// anyID corresponds to every id: the source guessed which one it is.
const anyID = ^uint32(0)

// mark stands for an id in a template.
const mark = '\x01'

// pattern is a text with its ids taken out.
type pattern struct {
	text string
	ids  []uint32
}

func (s *Stream) id(kind idKind, a, b uint64) uint32 {
	k := idKey{kind, a, b}
	n, ok := s.idOf[k]
	if !ok {
		n = uint32(len(s.ids))
		s.ids = append(s.ids, k)
		s.idOf[k] = n
	}
	return n
}

func (s *Stream) randomID(id flow.ID) uint32 {
	var a, b uint64
	for i := range 8 {
		a, b = a<<8|uint64(id[i]), b<<8|uint64(id[8+i])
	}
	return s.id(idRandom, a, b)
}

// pattern returns a name's text with its ids taken out.
func (s *Stream) pattern(n flow.Name) pattern {
	p, ok := s.patterns[n]
	if !ok {
		p = s.parse(s.names.Text(n))
		s.patterns[n] = p
	}
	return p
}

// made are the prefixes of names that brokers and clients make up, followed by 22 characters of base64.
var made = []string{"amq.gen-", "amq.ctag-"}

func (s *Stream) parse(text string) pattern {
	var out strings.Builder
	var ids []uint32
	for i := 0; i < len(text); {
		n := 0
		if i == 0 || !isHex(text[i-1]) {
			n = randomLen(text[i:])
		}
		if n == 0 {
			for _, prefix := range made {
				if strings.HasSuffix(text[:i], prefix) && i+22 <= len(text) {
					n = 22
				}
			}
		}
		if n == 0 {
			if n = portLen(text, i); n > 0 {
				host := i - 1
				for host > 0 && isHost(text[host-1]) {
					host--
				}
				id, _ := flow.ParseID(text[host : i+n])
				ids = append(ids, s.randomID(id))
				out.WriteByte(mark)
				i += n
				continue
			}
			out.WriteByte(text[i])
			i++
			continue
		}
		id, _ := flow.ParseID(text[i : i+n])
		ids = append(ids, s.randomID(id))
		out.WriteByte(mark)
		i += n
	}
	return pattern{out.String(), ids}
}

func isHost(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-'
}

// portLen is the length of a port that a system gave at random, 49152 and above, behind a host and a colon; 0 without.
func portLen(text string, i int) int {
	if i < 2 || text[i-1] != ':' || !isHost(text[i-2]) || i+5 > len(text) || i+5 < len(text) && isHost(text[i+5]) {
		return 0
	}
	port := 0
	for _, c := range []byte(text[i : i+5]) {
		if c < '0' || c > '9' {
			return 0
		}
		port = port*10 + int(c-'0')
	}
	if port < 49152 || port > 65535 {
		return 0
	}
	return 5
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' }

// randomLen is the length of the random id that s begins with: 32 hex digits or a UUID's 36 characters; 0 without.
func randomLen(s string) int {
	n := 0
	for n < len(s) && n < 37 && (isHex(s[n]) || s[n] == '-' && (n == 8 || n == 13 || n == 18 || n == 23)) {
		n++
	}
	switch dashed := len(s) > 8 && s[8] == '-'; {
	case n == 36 && dashed && strings.Count(s[:36], "-") == 4:
		return 36
	case n == 32 && !strings.Contains(s[:32], "-"):
		return 32
	}
	return 0
}

// bindings pair the ids of two streams. there and back hold the counterpart's number, plus one.
type bindings struct {
	a, b        *Stream
	there, back []uint32
	order       []uint32 // of a's ids, when they were bound
	rank        []uint32
}

func newBindings(a, b *Stream) *bindings {
	return &bindings{a: a, b: b, there: make([]uint32, len(a.ids)), back: make([]uint32, len(b.ids)), rank: make([]uint32, len(a.ids))}
}

// fits reports whether two ids can correspond: they do, or neither has a counterpart yet.
func (c *bindings) fits(x, y uint32) bool {
	if x == anyID || y == anyID {
		return true
	}
	if c.there[x] == 0 && c.back[y] == 0 {
		return c.a.ids[x].kind == c.b.ids[y].kind
	}
	return c.there[x] == y+1
}

// bind pairs two ids that fit.
func (c *bindings) bind(x, y uint32) {
	if x != anyID && y != anyID && c.there[x] == 0 && c.back[y] == 0 {
		c.there[x], c.back[y] = y+1, x+1
		c.order = append(c.order, x)
		c.rank[x] = uint32(len(c.order))
	}
}

// number is the same for two ids that correspond: above zero, else zero.
func (c *bindings) number(side *Stream, id uint32) uint32 {
	switch {
	case id == anyID:
		return 0
	case side == c.a:
		return c.rank[id]
	case c.back[id] != 0:
		return c.rank[c.back[id]-1]
	}
	return 0
}

// word says an id so that a reader can follow it: by its number where it has a
// counterpart, else by its own beginning.
func (c *bindings) word(dst []byte, side *Stream, id uint32) []byte {
	if id == anyID {
		return append(dst, '?')
	}
	k := side.ids[id]
	switch k.kind {
	case idMessage:
		return strconv.AppendUint(append(dst, "message "...), k.a, 10)
	case idTag, idConfirm:
		return strconv.AppendUint(dst, k.b, 10)
	case idVHost:
		return append(dst, side.names.Text(flow.Name(k.a))...)
	case idProcess:
		return append(dst, side.procs[k.a].titleIn(side)...)
	case idConn:
		return strconv.AppendUint(append(dst, "connection "...), uint64(side.conns[k.a].number), 10)
	}
	if n := c.number(side, id); n > 0 {
		return strconv.AppendUint(append(dst, '#'), uint64(n), 10)
	}
	hex := strconv.FormatUint(k.a, 16)
	return append(append(append(dst, '#'), strings.Repeat("0", 16-len(hex))+hex...)[:len(dst)+9], "…"...)
}
