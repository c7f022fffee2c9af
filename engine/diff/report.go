package diff

import (
	"strconv"
	"strings"

	"rpcscope/engine/flow"
)

// Where says in which part of the streams a difference is. Empty fields do not apply.
type Where struct {
	Process    string `json:"process,omitempty"`
	Connection string `json:"connection,omitempty"`
	Channel    int    `json:"channel,omitempty"`
	Exchange   string `json:"exchange,omitempty"`
	Queue      string `json:"queue,omitempty"`
	// Part is the lane: what is compared in order.
	Part string `json:"part,omitempty"`
	// Only is "process" or "connection" when one side has no such at all.
	Only string `json:"only,omitempty"`
}

// Line is an event in words, with its time in the stream.
type Line struct {
	AtNs int64  `json:"at_ns"`
	Text string `json:"text"`
	// Differs is false for the context.
	Differs bool `json:"differs"`
}

// Difference is a run of events in which the sides differ, with up to three events of context before and after.
type Difference struct {
	Where Where `json:"where"`
	// Words say what is different.
	Words string `json:"words"`
	A     []Line `json:"a"`
	B     []Line `json:"b"`
	// MaybeLost: the side that lacks the events lost at least as many records.
	MaybeLost bool `json:"maybe_lost,omitempty"`

	onlyA, onlyB int // records that only one side has; both zero when ids differ
	missing      byte
}

// Side says of one stream what it holds.
type Side struct {
	Events      uint64 `json:"events"`
	Processes   int    `json:"processes"`
	Connections int    `json:"connections"`
	// Lost is how many records its source lost.
	Lost int64 `json:"lost"`
}

// Compared counts what was compared.
type Compared struct {
	Processes   int `json:"processes"`
	Connections int `json:"connections"`
	// Things are objects of the broker, messages in queues, and calls.
	Things int `json:"things"`
	Lanes  int `json:"lanes"`
	// A and B are the lines of both sides that count at the level.
	A int `json:"lines_a"`
	B int `json:"lines_b"`
}

// Result is what [Compare] finds, and the object that `rpcscope diff --json` prints.
type Result struct {
	// Equal is true when nothing differs, but for what may have been lost.
	Equal bool `json:"equal"`
	// Level is "everything", "methods", "broker" or "messages".
	Level    string   `json:"level"`
	A        Side     `json:"a"`
	B        Side     `json:"b"`
	Compared Compared `json:"compared"`
	// Total counts the differences, those that may be losses not among them.
	Total int `json:"differences_total"`
	// MaybeLost counts differences that lost records may account for.
	MaybeLost int `json:"maybe_lost_total"`
	// Consequences counts what differs only because of a difference that is told already.
	Consequences int          `json:"consequences_total"`
	Differences  []Difference `json:"differences"`
	Notes        []string     `json:"notes"`

	level Level
	all   []excusable
}

// excusable is a difference of which only counts are kept.
type excusable struct {
	kept    int // its place in Differences, −1 beyond the limit
	missing byte
	records int
}

func (s *Stream) summary() Side {
	out := Side{Events: s.events, Connections: len(s.conns), Lost: s.Lost()}
	for _, p := range s.procs {
		if p.name != 0 {
			out.Processes++
		}
	}
	return out
}

// contextLines is how many events are told before and after a difference.
const contextLines = 3

// report tells of a lane's hunks.
func (c *comparison) report(l *lane) {
	for i, h := range l.hunks {
		if c.follows(l) {
			c.result.Consequences++
			continue
		}
		d := Difference{Where: l.where}
		c.measure(&d, l, h)
		x := excusable{kept: -1, missing: d.missing, records: d.onlyA + d.onlyB}
		if len(c.result.Differences) < c.max {
			from, to := hunk{}, hunk{a0: len(l.a), b0: len(l.b)}
			if i > 0 {
				from = l.hunks[i-1]
			}
			if i+1 < len(l.hunks) {
				to = l.hunks[i+1]
			}
			d.A = c.lines(c.a, l.a, from.a1, h.a0, h.a1, to.a0, l.where.Only != "")
			d.B = c.lines(c.b, l.b, from.b1, h.b0, h.b1, to.b0, l.where.Only != "")
			x.kept = len(c.result.Differences)
			c.result.Differences = append(c.result.Differences, d)
		}
		c.result.all = append(c.result.all, x)
	}
}

// follows reports whether a lane is about a message or call of which a difference told already that only one side has it.
func (c *comparison) follows(l *lane) bool {
	for side, id := range l.about {
		if id != anyID && c.reported[side][id] {
			return true
		}
	}
	return false
}

// measure counts what a hunk lacks, and says it in words.
func (c *comparison) measure(d *Difference, l *lane, h hunk) {
	a, b := l.a[h.a0:h.a1], l.b[h.b0:h.b1]
	for side, lines := range [][]*line{a, b} {
		s := []*Stream{c.a, c.b}[side]
		for _, x := range lines {
			for _, id := range s.idsOf(x) {
				if id != anyID && c.ids.number(s, id) == 0 {
					c.reported[side][id] = true
				}
			}
		}
	}
	records := func(lines []*line) (n int) {
		for _, x := range lines {
			if !x.second {
				n++
			}
		}
		return max(n, min(1, len(lines)))
	}
	switch {
	case l.where.Only != "" && len(b) == 0:
		d.Words, d.missing = "only A has this "+l.where.Only+", with "+events(len(a)), 'b'
	case l.where.Only != "":
		d.Words, d.missing = "only B has this "+l.where.Only+", with "+events(len(b)), 'a'
	case len(b) == 0:
		d.Words, d.missing = "B lacks "+events(len(a)), 'b'
	case len(a) == 0:
		d.Words, d.missing = "B has "+events(len(b))+" more", 'a'
	case c.onlyIDs(a, b):
		d.Words = "the same "
		if len(a) > 1 {
			d.Words += strconv.Itoa(len(a)) + " "
		}
		d.Words += "in another order, or about something else"
	default:
		d.Words = "A has " + events(len(a)) + " where B has " + strconv.Itoa(len(b)) + " other"
	}
	d.onlyA, d.onlyB = records(a), records(b)
}

func events(n int) string {
	if n == 1 {
		return "1 event"
	}
	return strconv.Itoa(n) + " events"
}

func (c *comparison) onlyIDs(a, b []*line) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if c.text(c.a, a[i].text) != c.text(c.b, b[i].text) {
			return false
		}
	}
	return true
}

// lines says a[from:to] in words with context that goes back to first and on to end.
func (c *comparison) lines(s *Stream, all []*line, first, from, to, end int, whole bool) []Line {
	out := []Line{}
	cut := to
	if whole {
		cut = min(to, from+2*contextLines)
	}
	for i := max(first, from-contextLines); i < min(max(end, to), to+contextLines); i++ {
		if i >= cut && i < to {
			continue
		}
		out = append(out, Line{all[i].at, string(c.ids.render(nil, s, all[i])), i >= from && i < to})
	}
	return out
}

// excuse settles which differences the losses of a side may account for: those
// that consist of nothing but events it lacks, as long as it lost enough records.
func (c *comparison) excuse() {
	r := c.result
	left := map[byte]int64{'a': r.A.Lost, 'b': r.B.Lost}
	for _, x := range r.all {
		if n := int64(x.records); x.missing != 0 && n <= left[x.missing] {
			left[x.missing] -= n
			r.MaybeLost++
			if x.kept >= 0 {
				r.Differences[x.kept].MaybeLost = true
			}
			continue
		}
		r.Total++
	}
	r.all = nil
	r.Equal = r.Total == 0
	for side, n := range map[string]int64{"A": r.A.Lost, "B": r.B.Lost} { // unsorted: sorted below
		if n > 0 {
			r.Notes = append(r.Notes, side+" lost "+strconv.FormatInt(n, 10)+" records; what it lacks may be among them")
		}
	}
	if r.Differences == nil {
		r.Differences = []Difference{}
	}
	if r.Notes == nil {
		r.Notes = []string{}
	}
}

// AppendText appends the result as a person would read it: what was compared, the differences kept, a summary.
func (r *Result) AppendText(dst []byte) []byte {
	say := func(parts ...string) {
		for _, p := range parts {
			dst = append(dst, p...)
		}
		dst = append(dst, '\n')
	}
	say("Compared ", r.level.Words(), ".")
	for _, n := range r.Notes {
		say("Note: ", n, ".")
	}
	for i := range r.Differences {
		d := &r.Differences[i]
		dst = append(dst, '\n')
		dst = strconv.AppendInt(dst, int64(i+1), 10)
		maybe := ""
		if d.MaybeLost {
			maybe = " (may have been lost)"
		}
		say(". ", d.Where.words(), ": ", d.Words, maybe)
		dst = d.appendSide(dst, "A", d.A)
		dst = d.appendSide(dst, "B", d.B)
	}
	if len(r.Differences) > 0 {
		dst = append(dst, '\n')
	}
	say(r.summary())
	return dst
}

func (d *Difference) appendSide(dst []byte, side string, lines []Line) []byte {
	if len(lines) == 0 {
		return dst
	}
	for _, l := range lines {
		dst = append(append(dst, "   "...), side...)
		sign := "   "
		if l.Differs {
			sign = " ! "
		}
		dst = append(dst, sign...)
		at := strconv.FormatInt(l.AtNs/1e3, 10)
		if len(at) < 7 {
			at = strings.Repeat("0", 7-len(at)) + at
		}
		dst = append(append(append(dst, at[:len(at)-6]...), '.'), at[len(at)-6:]...)
		dst = append(append(append(dst, "  "...), l.Text...), '\n')
	}
	return dst
}

func (w *Where) words() string {
	var parts []string
	add := func(words, s string) {
		if s != "" {
			parts = append(parts, words+s)
		}
	}
	add("", w.Process)
	add("", w.Connection)
	if w.Channel > 0 {
		add("channel ", strconv.Itoa(w.Channel))
	}
	add("exchange ", w.Exchange)
	add("queue ", w.Queue)
	add("", w.Part)
	return strings.Join(parts, ", ")
}

func differences(n int) string {
	if n == 1 {
		return "1 difference"
	}
	return strconv.Itoa(n) + " differences"
}

func (r *Result) summary() string {
	out := strconv.Itoa(r.Compared.A) + " lines of A and " + strconv.Itoa(r.Compared.B) + " of B, in " + strconv.Itoa(r.Compared.Processes) + " processes and " +
		strconv.Itoa(r.Compared.Connections) + " connections"
	if r.Equal && r.MaybeLost == 0 {
		return "Equal: " + out + "."
	}
	if r.Equal {
		return "Equal but for " + differences(r.MaybeLost) + " that lost records may account for: " + out + "."
	}
	s := differences(r.Total)
	if shown := len(r.Differences); shown < r.Total {
		s += ", " + strconv.Itoa(shown) + " told (--max tells more)"
	}
	if r.MaybeLost > 0 {
		s += ", and " + strconv.Itoa(r.MaybeLost) + " that lost records may account for"
	}
	if r.Consequences > 0 {
		s += ", and " + strconv.Itoa(r.Consequences) + " that follow from them"
	}
	return s + ": " + out + "."
}

var _ flow.Sink = (*Stream)(nil)
