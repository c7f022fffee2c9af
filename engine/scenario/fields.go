package scenario

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"rpcscope/engine/flow"
	"rpcscope/engine/rpc"
	"rpcscope/engine/sim"
	"rpcscope/engine/transport"
)

// Limits of single values.
const (
	maxName = 200 // AMQP short strings end at 255 bytes, and names get suffixes
	maxText = 4000
)

// reader keeps the first error; after it, all reads give zero values.
type reader struct {
	err *Error
	// count is how many steps were read.
	count int
	// profile is the document's.
	profile rpc.Profile
	// reach is where the transport's hosts are written while its options are read; carried its settings when it is no RabbitMQ.
	reach, carried *transport.Settings
	// offers are the servers that requests may reach; args the arguments that are sent, by method.
	offers []offer
	args   map[string][]string
	// notifies are the topics that anything notifies.
	notifies []string
	// vhost: the document names the broker's virtual host.
	vhost bool
	// released: the document names a release of oslo.messaging.
	released bool
}

func (r *reader) fail(path, problem, remedy string) {
	if r.err == nil {
		r.err = &Error{path, problem, remedy}
	}
}

// object reads the members of one JSON object. Members that nobody asked for are refused by done.
type object struct {
	r       *reader
	path    string
	v       rpc.Value
	known   []string
	missing []string
}

func kindName(k rpc.ValueKind) string {
	return [...]string{"null", "true or false", "a number", "a text", "a list", "an object"}[k]
}

func (r *reader) object(path string, v rpc.Value) *object {
	if v.Kind != rpc.Object {
		r.fail(path, "is "+kindName(v.Kind), "write an object")
	}
	return &object{r: r, path: path, v: v}
}

// get returns a member of the wanted kind.
func (o *object) get(name string, kind rpc.ValueKind) (rpc.Value, bool) {
	v, ok := o.any(name)
	if ok && v.Kind != kind {
		o.r.fail(join(o.path, name), "is "+kindName(v.Kind), "write "+kindName(kind))
		return rpc.Value{}, false
	}
	return v, ok
}

func (o *object) any(name string) (rpc.Value, bool) {
	o.known = append(o.known, name)
	return o.v.Get(name)
}

func (o *object) has(name string) bool {
	_, ok := o.v.Get(name)
	return ok
}

func (o *object) require(name string) {
	if !o.has(name) {
		o.missing = append(o.missing, name)
	}
}

// done refuses members that nobody asked for, then complains about required ones that are missing.
func (o *object) done() {
	for _, k := range o.v.Keys {
		if o.r.err != nil { // one error is all that is told, and looking for near names takes time
			return
		}
		known := false
		for _, n := range o.known {
			known = known || n == k
		}
		if known {
			continue
		}
		remedy := "remove it"
		if n := nearest(k, o.known); n != "" {
			remedy = "did you mean " + quote(n) + "?"
		} else if len(o.known) <= 40 {
			remedy = "known here: " + strings.Join(o.known, ", ")
		}
		o.r.fail(join(o.path, k), "unknown field", remedy)
	}
	for _, n := range o.missing {
		o.r.fail(join(o.path, n), "is missing", "it is required here")
	}
}

func (o *object) text(name, fallback string) string {
	v, ok := o.get(name, rpc.String)
	if !ok {
		return fallback
	}
	if len(v.Text) > maxText {
		o.r.fail(join(o.path, name), "has "+strconv.Itoa(len(v.Text))+" bytes", "the limit is "+strconv.Itoa(maxText))
	}
	o.r.checkText(join(o.path, name), v.Text, "\n\r\t\u200e\u200f")
	return v.Text
}

// name is a text that becomes part of AMQP names: not empty, short, without control characters.
func (o *object) name(name, fallback string) string {
	if v, ok := o.get(name, rpc.String); ok {
		o.r.checkName(join(o.path, name), v.Text)
		return v.Text
	}
	return fallback
}

func (r *reader) checkName(path, s string) {
	switch {
	case s == "":
		r.fail(path, "is empty", "give it a name, or leave the field out")
	case len(s) > maxName:
		r.fail(path, "has "+strconv.Itoa(len(s))+" bytes", "the limit for names is "+strconv.Itoa(maxName)+": AMQP ends at 255, and names get others behind them")
	}
	r.checkText(path, s, "")
	if strings.TrimSpace(s) != s && r.err == nil {
		r.fail(path, quote(s)+" begins or ends with a space", "remove it")
	}
}

func (o *object) names(name string, limit int) []string {
	v, ok := o.get(name, rpc.Array)
	if !ok {
		return nil
	}
	out := []string{}
	for i, x := range o.items(name, v, limit) {
		p := join(o.path, name) + "[" + strconv.Itoa(i) + "]"
		if x.Kind != rpc.String {
			o.r.fail(p, "is "+kindName(x.Kind), "write a text")
			continue
		}
		o.r.checkName(p, x.Text)
		out = append(out, x.Text)
	}
	return out
}

// distinct is a list of names of which none comes twice; some is one that is not empty where it is written.
func (o *object) distinct(name string) []string {
	list := o.names(name, maxList)
	for i := range list {
		if j := slices.Index(list, list[i]); j < i {
			o.r.fail(join(o.path, name)+"["+strconv.Itoa(i)+"]", quote(list[i])+" is in the list already", "remove it")
		}
	}
	return list
}

func (o *object) some(name string) []string {
	list := o.distinct(name)
	if list != nil && len(list) == 0 && o.r.err == nil {
		o.r.fail(join(o.path, name), "is empty", "write at least one name, or leave the field out for the usual one")
	}
	return list
}

// checkText refuses what does not show, or turns around what stands beside it; but for these.
func (r *reader) checkText(path, s, but string) {
	for _, c := range s {
		switch {
		case c == 0xfffd && but == "":
			r.fail(path, "contains bad UTF-8", "names are printable text")
		case flow.Hidden(c) && !strings.ContainsRune(but, c):
			r.fail(path, "contains ‹U+"+strings.ToUpper(strconv.FormatInt(int64(c), 16))+"›, which does not show or turns around what stands beside it", "remove it: names are printable text")
		default:
			continue
		}
		return
	}
}

// items checks the length of a list.
func (o *object) items(name string, v rpc.Value, limit int) []rpc.Value {
	if len(v.Items) > limit {
		o.r.fail(join(o.path, name), "has "+strconv.Itoa(len(v.Items))+" entries", "the limit is "+strconv.Itoa(limit))
		return nil
	}
	return v.Items
}

func (o *object) truth(name string, fallback bool) bool {
	if v, ok := o.get(name, rpc.Bool); ok {
		return v.True
	}
	return fallback
}

func (o *object) number(name string, fallback, low, high int64) int64 {
	v, ok := o.get(name, rpc.Number)
	if !ok {
		return fallback
	}
	n, ok := wholeNumber(v.Text)
	if !ok || n < low || n > high {
		problem := " is out of range"
		if !ok {
			problem = " is no whole number"
		}
		o.r.fail(join(o.path, name), cutText(v.Text)+problem,
			"write a whole number from "+strconv.FormatInt(low, 10)+" to "+strconv.FormatInt(high, 10))
		return fallback
	}
	return n
}

// wholeNumber reads a JSON number that is an integer, in whatever form: 200,
// 200.0 and 2e2 are the same to JSON Schema. Beyond ±2^53 the nearest is given.
func wholeNumber(text string) (int64, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	f, _ := strconv.ParseFloat(text, 64) // what is too large becomes an infinity
	if f != math.Trunc(f) {
		return 0, false
	}
	return int64(max(-1<<62, min(1<<62, f))), true
}

func (o *object) choice(name, fallback string, choices ...string) string {
	v, ok := o.get(name, rpc.String)
	if !ok {
		return fallback
	}
	for _, c := range choices {
		if c == v.Text {
			return c
		}
	}
	remedy := "one of " + strings.Join(choices, ", ")
	if n := nearest(v.Text, choices); n != "" {
		remedy = "did you mean " + quote(n) + "? " + remedy
	}
	o.r.fail(join(o.path, name), quote(v.Text)+" is not known", remedy)
	return fallback
}

// duration is a length of time with a lowest and a highest value, in nanoseconds.
func (o *object) duration(name string, fallback, low, high int64) int64 {
	v, ok := o.any(name)
	if !ok {
		return fallback
	}
	return o.r.duration(join(o.path, name), v, low, high)
}

func (r *reader) duration(path string, v rpc.Value, low, high int64) int64 {
	if v.Kind != rpc.String {
		r.fail(path, "is "+kindName(v.Kind), `write a time with its unit, such as "250ms"`)
		return low
	}
	outside := func(text string) {
		r.fail(path, text+" is out of range", "write "+formatDuration(low)+" to "+formatDuration(high))
	}
	unit := strings.TrimLeft(v.Text, "0123456789")
	switch d, ok := parseDuration(v.Text); {
	case ok && d >= low && d <= high:
		return d
	case ok:
		outside(v.Text)
	case unit != v.Text && unitSize(unit) > 0: // more than can be counted
		outside(quote(v.Text))
	default:
		r.fail(path, quote(v.Text)+" is no time", `write a number and ns, us, ms, s, m or h, such as "250ms" or "1m30s"`)
	}
	return low
}

// dist is a distribution: a time, or an object that names a family.
func (o *object) dist(name string, fallback sim.Dist, low, high int64) sim.Dist {
	v, ok := o.any(name)
	if !ok {
		return fallback
	}
	return o.r.dist(join(o.path, name), v, low, high)
}
