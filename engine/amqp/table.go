package amqp

import (
	"slices"
	"strconv"
	"strings"

	"rpcscope/engine/flow"
)

// ValueKind is the type of a field value. The widths of AMQP's integers are
// not kept apart: RabbitMQ does not either where values are compared.
type ValueKind uint8

// The kinds of value.
const (
	VoidValue ValueKind = iota
	BoolValue
	IntValue
	// FloatValue keeps the number as text: the model never computes with it.
	FloatValue
	StringValue
	TimeValue
	TableValue
	ArrayValue
)

// Value is a field value of an AMQP table.
type Value struct {
	Text  string
	Items []Value // of an array
	Table Table
	Int   int64 // of Int, Time; 1 for true
	Kind  ValueKind
}

// Field is one entry of a table.
type Field struct {
	Key   string
	Value Value
}

// Table is an AMQP field table.
type Table []Field

// Int, String and Bool make values.
func Int(v int64) Value { return Value{Kind: IntValue, Int: v} }

// String makes a long string.
func String(s string) Value { return Value{Kind: StringValue, Text: s} }

// Bool makes a boolean.
func Bool(v bool) Value {
	if v {
		return Value{Kind: BoolValue, Int: 1}
	}
	return Value{Kind: BoolValue}
}

// Get finds the value of a key.
func (t Table) Get(key string) (Value, bool) {
	if v := t.find(key); v != nil {
		return *v, true
	}
	return Value{}, false
}

// find is Get without a copy; nil when the key is absent.
//
//go:noinline
func (t Table) find(key string) *Value {
	for i := range t {
		if t[i].Key == key {
			return &t[i].Value
		}
	}
	return nil
}

// text is the text of a key's value, empty when that is absent or no text.
func (t Table) text(key string) string {
	if v := t.find(key); v != nil {
		return v.Text
	}
	return ""
}

// Equal reports whether two values have the same kind and content; fields of tables in any order.
func (v Value) Equal(o Value) bool {
	return v.Kind == o.Kind && v.Int == o.Int && v.Text == o.Text &&
		slices.EqualFunc(v.Items, o.Items, Value.Equal) && v.Table.Equal(o.Table)
}

// alike compares values as the headers exchange does: numbers and times by what
// they are worth, whatever their type.
func (v *Value) alike(o *Value) bool {
	x, okX := v.worth()
	y, okY := o.worth()
	if okX || okY {
		return okX && okY && x == y
	}
	return v.Equal(*o)
}

// worth is the value of a whole number, however it was written.
func (v *Value) worth() (n int64, ok bool) {
	switch v.Kind {
	case IntValue, TimeValue:
		return v.Int, true
	case FloatValue:
		digits, exponent, _ := strings.Cut(v.Text, "e")
		digits, fraction, _ := strings.Cut(digits, ".")
		zeros := -len(fraction)
		if exponent != "" {
			e, err := strconv.Atoi(exponent)
			if err != nil || e > 18 {
				return 0, false
			}
			zeros += e
		}
		if zeros < 0 {
			return 0, false
		}
		n, err := strconv.ParseInt(digits+fraction+strings.Repeat("0", zeros), 10, 64)
		return n, err == nil
	}
	return 0, false
}

// Equal compares tables without regard to order.
func (t Table) Equal(o Table) bool {
	if len(t) != len(o) {
		return false
	}
	for i := range t {
		v, ok := o.Get(t[i].Key)
		if !ok || !v.Equal(t[i].Value) {
			return false
		}
	}
	return true
}

// with is a new table with some fields set. Each inlined copy would cost the browser a kilobyte.
//
//go:noinline
func (t Table) with(fields ...Field) Table {
	for _, f := range fields {
		t = append(t.without(f.Key), f)
	}
	return t
}

// without is a new table that lacks a key.
//
//go:noinline
func (t Table) without(key string) (rest Table) {
	for _, f := range t {
		if f.Key != key {
			rest = append(rest, f)
		}
	}
	return rest
}

// AppendText writes the table as "key=value" texts sorted by key and joined
// by "; ". A string is quoted only where it could be taken for another kind.
func (t Table) AppendText(dst []byte) []byte {
	sorted := slices.Clone(t)
	flow.SortStable(sorted, func(a, b Field) int { return strings.Compare(a.Key, b.Key) })
	for i, f := range sorted {
		if i > 0 {
			dst = append(dst, "; "...)
		}
		dst = append(dst, f.Key...)
		dst = append(dst, '=')
		dst = f.Value.appendText(dst)
	}
	return dst
}

func (v Value) appendText(dst []byte) []byte {
	switch v.Kind {
	case VoidValue:
		return append(dst, "void"...)
	case BoolValue:
		return strconv.AppendBool(dst, v.Int != 0)
	case IntValue:
		return strconv.AppendInt(dst, v.Int, 10)
	case FloatValue:
		return append(append(dst, 'f'), v.Text...)
	case TimeValue:
		return strconv.AppendInt(append(dst, '@'), v.Int, 10)
	case TableValue:
		dst = v.Table.AppendText(append(dst, '{'))
		return append(dst, '}')
	case ArrayValue:
		dst = append(dst, '[')
		for i := range v.Items {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = v.Items[i].appendText(dst)
		}
		return append(dst, ']')
	}
	if plain(v.Text) {
		return append(dst, v.Text...)
	}
	return strconv.AppendQuote(dst, v.Text)
}

// plain reports whether a string value needs no quotes.
func plain(s string) bool {
	if s == "" || s == "void" || s == "true" || s == "false" {
		return false
	}
	if c := s[0]; c == '-' || c == '+' || c >= '0' && c <= '9' || c == '@' || c == 'f' && len(s) > 1 && (s[1] <= '9' || s[1] == 'N' || s[1] == 'I') {
		return false
	}
	return !strings.ContainsAny(s, "\"\\;,=[]{} \n\t\r")
}

// Tables interns argument tables: a table goes by the Name of its text, so
// that methods and messages stay free of pointers. Like [flow.Names] it only
// grows, and may be shared by brokers that share the names.
type Tables struct {
	names *flow.Names
	known map[flow.Name]Table
}

// NewTables makes an empty set over names.
func NewTables(names *flow.Names) *Tables {
	return &Tables{names: names, known: make(map[flow.Name]Table)}
}

// Intern returns the Name of t, 0 for an empty table. t must not be changed afterwards.
func (ts *Tables) Intern(t Table) flow.Name {
	if len(t) == 0 {
		return 0
	}
	id := ts.names.InternBytes(t.AppendText(nil))
	if _, ok := ts.known[id]; !ok {
		ts.known[id] = t
	}
	return id
}

// without is an interned table that lacks a key.
func (ts *Tables) without(id flow.Name, key string) flow.Name {
	t := ts.known[id]
	if t.find(key) == nil {
		return id
	}
	return ts.Intern(t.without(key))
}

// Table returns what was interned under id; nil for 0 and for names that are no table's.
func (ts *Tables) Table(id flow.Name) Table { return ts.known[id] }
