package oracle

import (
	"fmt"
	"strconv"
	"strings"

	"rpcscope/engine/amqp"
)

// Parse reads a script. Empty lines and those that begin with "#" are left out,
// as are indented ones, where answers stand.
func Parse(script string) (Program, error) {
	var p Program
	for n, line := range strings.Split(script, "\n") {
		if line == "" || line[0] == '#' || line[0] == ' ' || line[0] == '\t' {
			continue
		}
		op, err := parseOp(line)
		if err != nil {
			return nil, fmt.Errorf("oracle: line %d: %q: %w", n+1, line, err)
		}
		p = append(p, op)
	}
	return p, nil
}

// scanner takes words off a line.
type scanner struct {
	rest string
	err  error
}

func (s *scanner) fail(format string, a ...any) {
	if s.err == nil {
		s.err = fmt.Errorf(format, a...)
	}
}

func (s *scanner) skip() { s.rest = strings.TrimLeft(s.rest, " ") }

// word takes the next word; quoted ones are unquoted and "-" is the empty text.
func (s *scanner) word() string {
	s.skip()
	if strings.HasPrefix(s.rest, `"`) {
		return s.quoted()
	}
	end := strings.IndexByte(s.rest, ' ')
	if end < 0 {
		end = len(s.rest)
	}
	w := s.rest[:end]
	s.rest = s.rest[end:]
	switch w {
	case "":
		s.fail("something is missing at the end")
	case "-":
		return ""
	}
	return w
}

func (s *scanner) quoted() string {
	q, err := strconv.QuotedPrefix(s.rest)
	if err != nil {
		s.fail("a quote has no end")
		s.rest = ""
		return ""
	}
	s.rest = s.rest[len(q):]
	text, err := strconv.Unquote(q)
	if err != nil {
		s.fail("%w", err)
	}
	return text
}

func (s *scanner) number() int {
	w := s.word()
	n, err := strconv.Atoi(w)
	if err != nil {
		s.fail("%q is no number", w)
	}
	return n
}

func parseOp(line string) (Op, error) {
	s := &scanner{rest: line}
	var o Op
	w := s.word()
	if who, channel, _ := strings.Cut(w, "/"); len(who) == 1 && who[0] >= 'A' && who[0] <= 'Z' {
		o.Conn = who[0]
		if channel != "" {
			n, err := strconv.ParseUint(channel, 10, 16)
			if err != nil {
				return o, err
			}
			o.Chan = uint16(n)
		}
		w = s.word()
	}
	var ok bool
	if o.Verb, ok = parseVerb(w); !ok {
		return o, fmt.Errorf("no operation %q", w)
	}
	for _, k := range positional[o.Verb] {
		o.setOperand(k, s)
	}
	for s.skip(); s.rest != "" && s.err == nil; s.skip() {
		o.extra(s)
	}
	return o, s.err
}

func (o *Op) setOperand(k operandKind, s *scanner) {
	switch k {
	case opExchange:
		o.Exchange = s.word()
	case opQueue:
		o.Queue = s.word()
	case opKey:
		o.Key = s.word()
	case opTag:
		o.Tag = s.word()
	case opType:
		o.Type = s.word()
	case opDelivery:
		o.Delivery = parseDelivery(s)
	case opCount:
		o.Count = s.number()
	case opMessage:
		w := s.word()
		n, err := strconv.Atoi(strings.TrimPrefix(w, "m"))
		if err != nil {
			s.fail("%q is no message", w)
		}
		o.Message = &Message{Number: n, Expiration: -1}
		o.Message.Size = len(o.Message.name())
	case opMillis:
		o.Millis = s.number()
	case opCode:
		o.Code = s.number()
	case opVHost:
		o.VHost = s.word()
	case opUser:
		o.User = s.word()
	case opPolicy:
		o.Policy.Name = s.word()
	case opPattern:
		o.Policy.Pattern = s.word()
	case opApplyTo:
		o.Policy.ApplyTo = s.word()
	case opPriority:
		o.Policy.Priority = s.number()
	}
}

func parseDelivery(s *scanner) (d Delivery) {
	w := s.word()
	var err error
	if raw, ok := strings.CutPrefix(w, "#"); ok {
		d.Raw, err = strconv.ParseUint(raw, 10, 64)
	} else {
		message, tag, _ := strings.Cut(w, "@")
		d.Number, err = strconv.Atoi(strings.TrimPrefix(message, "m"))
		if tag != "get" {
			d.Tag = tag
		}
	}
	if err != nil {
		s.fail("%q is no delivery", w)
	}
	return d
}

// extra reads what stands behind the operands: flags, properties, tables.
func (o *Op) extra(s *scanner) {
	if s.rest[0] == '{' {
		t := s.table()
		if o.Message != nil {
			o.Message.Headers = t
		} else {
			o.Args = t
		}
		return
	}
	w := s.word()
	for _, f := range flagWords {
		if f.word == w {
			o.Flags |= f.flag
			return
		}
	}
	if o.Plain = o.Plain || o.Verb == Connect && w == "plain"; o.Plain {
		return
	}
	key, value, _ := strings.Cut(w, "=")
	n, err := strconv.Atoi(value)
	m := o.Message
	switch {
	case m == nil:
		err = fmt.Errorf("what is %q?", w)
	case w == "persistent":
		m.Persistent, err = true, nil
	case key == "size":
		m.Size = n
	case key == "expiration":
		m.Expiration = n
	case key == "priority":
		m.Priority = n
	case key == "user":
		m.UserID, err = value, nil
	default:
		err = fmt.Errorf("what is %q?", w)
	}
	if err != nil {
		s.fail("%w", err)
	}
}

// table reads "{key=value; key=value}" as [amqp.Table.AppendText] writes it.
func (s *scanner) table() (t amqp.Table) {
	s.rest = s.rest[1:]
	for s.err == nil {
		s.skip()
		if s.took("}") {
			return t
		}
		key, rest, ok := strings.Cut(s.rest, "=")
		if !ok {
			s.fail("a table without end")
			return nil
		}
		s.rest = rest
		t = append(t, amqp.Field{Key: key, Value: s.value()})
		s.took(";")
	}
	return t
}

func (s *scanner) took(prefix string) bool {
	rest, ok := strings.CutPrefix(s.rest, prefix)
	s.rest = rest
	return ok
}

func (s *scanner) value() amqp.Value {
	switch {
	case strings.HasPrefix(s.rest, `"`):
		return amqp.String(s.quoted())
	case strings.HasPrefix(s.rest, "{"):
		return amqp.Value{Kind: amqp.TableValue, Table: s.table()}
	case s.took("["):
		v := amqp.Value{Kind: amqp.ArrayValue}
		for s.err == nil {
			s.skip()
			if s.took("]") {
				return v
			}
			v.Items = append(v.Items, s.value())
			s.took(",")
			if s.rest == "" {
				s.fail("a list without end")
			}
		}
		return v
	}
	end := strings.IndexAny(s.rest, ";,]} ")
	if end < 0 {
		s.fail("a value without end")
		return amqp.Value{}
	}
	w := s.rest[:end]
	s.rest = s.rest[end:]
	return bareValue(w)
}

// bareValue reads a value without quotes.
func bareValue(w string) amqp.Value {
	switch w {
	case "void":
		return amqp.Value{}
	case "true", "false":
		return amqp.Bool(w == "true")
	}
	if n, err := strconv.ParseInt(w, 10, 64); err == nil {
		return amqp.Int(n)
	}
	if at, ok := strings.CutPrefix(w, "@"); ok {
		n, _ := strconv.ParseInt(at, 10, 64)
		return amqp.Value{Kind: amqp.TimeValue, Int: n}
	}
	if f, ok := strings.CutPrefix(w, "f"); ok {
		if _, err := strconv.ParseFloat(f, 64); err == nil {
			return amqp.Value{Kind: amqp.FloatValue, Text: f}
		}
	}
	return amqp.String(w)
}
