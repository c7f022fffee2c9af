package amqp

// pattern is a regular expression as operators write them into permissions and
// policies: literals, ".", classes in brackets, \d \w \s and escaped
// characters, groups, "|", "*", "+", "?", "^" and "$". As in RabbitMQ it may
// match anywhere unless anchored. It is a program for a machine that follows
// all alternatives at once, so that no pattern takes longer than the product of both lengths.
type pattern struct {
	prog []inst
}

type inst struct {
	op   instOp
	c    byte
	x, y uint16    // where to go on
	set  [4]uint64 // of opClass
}

type instOp uint8

const (
	opMatch instOp = iota
	opByte
	opAny
	opClass
	opSplit
	opJump
	opStart
	opEnd
)

// maxPattern bounds a program, so that hostile patterns stay small.
const maxPattern = 2000

// compilePattern returns nil when text is no pattern that can be read.
func compilePattern(text string) *pattern {
	c := patternCompiler{text: text}
	c.alternatives()
	c.add(inst{op: opMatch})
	if c.bad || c.pos < len(text) {
		return nil
	}
	return &pattern{c.prog}
}

type patternCompiler struct {
	text  string
	pos   int
	prog  []inst
	depth int
	bad   bool
}

func (c *patternCompiler) more() bool { return !c.bad && c.pos < len(c.text) }

func (c *patternCompiler) add(i inst) int {
	if len(c.prog) >= maxPattern {
		c.bad = true
		return 0
	}
	c.prog = append(c.prog, i)
	return len(c.prog) - 1
}

// insert puts an instruction before those from at on.
func (c *patternCompiler) insert(at int, i inst) {
	c.add(inst{})
	if c.bad {
		return
	}
	copy(c.prog[at+1:], c.prog[at:])
	for k := at + 1; k < len(c.prog); k++ {
		if p := &c.prog[k]; p.op == opSplit || p.op == opJump {
			p.x, p.y = shifted(p.x, at), shifted(p.y, at)
		}
	}
	c.prog[at] = i
}

func shifted(to uint16, at int) uint16 {
	if int(to) >= at {
		return to + 1
	}
	return to
}

func (c *patternCompiler) here() uint16 { return uint16(len(c.prog)) }

func (c *patternCompiler) alternatives() {
	start := len(c.prog)
	c.sequence()
	for c.more() && c.text[c.pos] == '|' {
		c.pos++
		c.insert(start, inst{op: opSplit, x: uint16(start + 1)})
		jump := c.add(inst{op: opJump})
		c.prog[start].y = c.here()
		c.alternatives()
		c.prog[jump].x = c.here()
	}
}

func (c *patternCompiler) sequence() {
	for c.more() && c.text[c.pos] != '|' && c.text[c.pos] != ')' {
		start := len(c.prog)
		c.atom()
		if c.more() {
			c.repetition(start)
		}
	}
}

// repetition reads what stands behind an atom that begins at start. Whether it
// is lazy makes no difference to whether a text matches.
func (c *patternCompiler) repetition(start int) {
	switch c.text[c.pos] {
	case '*':
		c.insert(start, inst{op: opSplit, x: uint16(start + 1)})
		c.add(inst{op: opJump, x: uint16(start)})
		c.prog[start].y = c.here()
	case '+':
		c.add(inst{op: opSplit, x: uint16(start), y: c.here() + 1})
	case '?':
		c.insert(start, inst{op: opSplit, x: uint16(start + 1)})
		c.prog[start].y = c.here()
	case '{': // counted repetition is not for us
		c.bad = c.bad || c.pos+1 < len(c.text) && c.text[c.pos+1] >= '0' && c.text[c.pos+1] <= '9'
		return
	default:
		return
	}
	c.pos++
	if c.more() && c.text[c.pos] == '?' {
		c.pos++
	}
	c.bad = c.bad || c.more() && (c.text[c.pos] == '*' || c.text[c.pos] == '+' || c.text[c.pos] == '?')
}

func (c *patternCompiler) atom() {
	b := c.text[c.pos]
	c.pos++
	switch b {
	case '(':
		c.group()
	case '[':
		c.class()
	case '.':
		c.add(inst{op: opAny})
	case '^':
		c.add(inst{op: opStart})
	case '$':
		c.add(inst{op: opEnd})
	case '*', '+', '?':
		c.bad = true
	case '\\':
		c.escape()
	default:
		c.add(inst{op: opByte, c: b})
	}
}

func (c *patternCompiler) group() {
	if c.depth++; c.depth > 100 {
		c.bad = true
		return
	}
	if c.pos+1 < len(c.text) && c.text[c.pos] == '?' {
		if c.text[c.pos+1] != ':' { // look-around and the like
			c.bad = true
			return
		}
		c.pos += 2
	}
	c.alternatives()
	if !c.more() {
		c.bad = true
		return
	}
	c.pos++
	c.depth--
}

func (c *patternCompiler) escape() {
	if !c.more() {
		c.bad = true
		return
	}
	b := c.text[c.pos]
	c.pos++
	i := inst{op: opClass}
	if !i.named(b) {
		i = inst{op: opByte, c: b}
		c.bad = c.bad || alphanumeric(b)
	}
	c.add(i)
}

func alphanumeric(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// named adds \d, \w or \s to a class.
func (i *inst) named(b byte) bool {
	switch b {
	case 'd':
		i.between('0', '9')
	case 'w':
		i.between('0', '9')
		i.between('a', 'z')
		i.between('A', 'Z')
		i.between('_', '_')
	case 's':
		i.between(' ', ' ')
		i.between('\t', '\r')
	default:
		return false
	}
	return true
}

func (i *inst) between(from, to byte) {
	for b := int(from); b <= int(to); b++ {
		i.set[b>>6] |= 1 << (b & 63)
	}
}

func (c *patternCompiler) class() {
	i := inst{op: opClass}
	not := c.more() && c.text[c.pos] == '^'
	if not {
		c.pos++
	}
	for first := true; c.more() && (first || c.text[c.pos] != ']'); first = false {
		from := c.text[c.pos]
		c.pos++
		if from == '\\' && c.more() {
			from = c.text[c.pos]
			c.pos++
			if i.named(from) {
				continue
			}
		}
		to := from
		if c.pos+1 < len(c.text) && c.text[c.pos] == '-' && c.text[c.pos+1] != ']' {
			to = c.text[c.pos+1]
			c.pos += 2
		}
		i.between(from, to)
	}
	if !c.more() {
		c.bad = true
		return
	}
	c.pos++
	if not {
		for k := range i.set {
			i.set[k] = ^i.set[k]
		}
	}
	c.add(i)
}

// match reports whether the pattern matches somewhere in text.
func (p *pattern) match(text string) bool {
	if p == nil {
		return false
	}
	m := matcher{p: p, seen: make([]int, len(p.prog))}
	for at := 0; at <= len(text); at++ {
		m.next = m.next[:0]
		if m.enter(0, at, len(text)) {
			return true
		}
		if at == len(text) {
			break
		}
		for _, pc := range m.now {
			i := &p.prog[pc]
			if i.op == opAny && text[at] != '\n' || i.op == opByte && i.c == text[at] ||
				i.op == opClass && i.set[text[at]>>6]&(1<<(text[at]&63)) != 0 {
				m.next = append(m.next, pc+1)
			}
		}
		m.now = m.now[:0]
		for _, pc := range m.next {
			if m.enter(pc, at+1, len(text)) {
				return true
			}
		}
	}
	return false
}

// matcher is the set of places in the program that a text has led to.
type matcher struct {
	p         *pattern
	now, next []uint16
	seen      []int // by instruction: position + 1 at which it was entered last
}

// enter follows what needs no character; it reports whether the end was reached.
func (m *matcher) enter(pc uint16, at, end int) bool {
	if m.seen[pc] == at+1 {
		return false
	}
	m.seen[pc] = at + 1
	switch i := &m.p.prog[pc]; i.op {
	case opMatch:
		return true
	case opJump:
		return m.enter(i.x, at, end)
	case opSplit:
		return m.enter(i.x, at, end) || m.enter(i.y, at, end)
	case opStart:
		return at == 0 && m.enter(pc+1, at, end)
	case opEnd:
		return at == end && m.enter(pc+1, at, end)
	}
	m.now = append(m.now, pc)
	return false
}
