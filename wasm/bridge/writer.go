package bridge

import (
	"math"
	"strconv"

	"rpcscope/engine/flow"
)

// writer is JSON that is being written. Each method writes a member of an object, or with item and one an element of a list;
// commas come by themselves.
type writer []byte

func (w *writer) raw(s string) { *w = append(*w, s...) }

// comma separates what follows from an element before it.
func (w *writer) comma() {
	if last := (*w)[len(*w)-1]; last != '{' && last != '[' {
		*w = append(*w, ',')
	}
}

func (w *writer) key(k string) {
	w.one(k)
	*w = append(*w, ':')
}

// open begins an object or a list, item one within a list; end ends it.
func (w *writer) open(k string, bracket byte) {
	w.key(k)
	*w = append(*w, bracket)
}

func (w *writer) item(bracket byte) {
	w.comma()
	*w = append(*w, bracket)
}

func (w *writer) end(bracket byte) { *w = append(*w, bracket) }

func (w *writer) null(k string) {
	w.key(k)
	w.raw("null")
}

// list begins a list, unless there is none: then it writes null and reports false.
func (w *writer) list(k string, none bool) bool {
	if none {
		w.null(k)
		return false
	}
	w.open(k, '[')
	return true
}

// text writes what people read; what is hidden in it shows. name writes what the page may give back as it is.
func (w *writer) text(k, s string) {
	w.key(k)
	*w = appendString(*w, flow.Visible(s))
}

func (w *writer) name(k, s string) {
	w.key(k)
	*w = appendString(*w, s)
}

// one writes a text as an element of a list.
func (w *writer) one(s string) {
	w.comma()
	*w = appendString(*w, s)
}

func (w *writer) texts(k string, list []string) {
	if w.list(k, list == nil) {
		for _, s := range list {
			w.one(s)
		}
		w.end(']')
	}
}

func (w *writer) int(k string, v int) {
	w.key(k)
	*w = strconv.AppendInt(*w, int64(v), 10)
}

func (w *writer) count(k string, v uint64) {
	w.key(k)
	*w = strconv.AppendUint(*w, v, 10)
}

func (w *writer) yes(k string, v bool) {
	w.key(k)
	*w = strconv.AppendBool(*w, v)
}

func (w *writer) number(k string, v float64) {
	w.key(k)
	w.float(v)
}

func (w *writer) float(v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		panic("a number that JSON cannot say") // the model has none
	}
	*w = strconv.AppendFloat(*w, v, 'f', -1, 64)
}

// any writes an argument of a code, or a part of a fact.
func (w *writer) any(v any) {
	switch v := v.(type) {
	case string:
		*w = appendString(*w, flow.Visible(v))
	case bool:
		*w = strconv.AppendBool(*w, v)
	case int:
		*w = strconv.AppendInt(*w, int64(v), 10)
	case int32:
		*w = strconv.AppendInt(*w, int64(v), 10)
	case int64:
		*w = strconv.AppendInt(*w, v, 10)
	case uint32:
		*w = strconv.AppendUint(*w, uint64(v), 10)
	case uint64:
		*w = strconv.AppendUint(*w, v, 10)
	case float64:
		w.float(v)
	default:
		panic("an argument of a type that the page does not get")
	}
}
