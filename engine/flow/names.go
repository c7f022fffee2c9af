package flow

import "strings"

// Name is the interned form of a text. Zero is the empty text, in every table.
// A Name means something only together with the [Names] that issued it.
type Name uint32

// Names interns texts. It is not safe for concurrent use.
// The zero value is ready to use.
type Names struct {
	texts []string
	index map[string]Name
	// shelf is where the texts of new names are put, one behind the other: what is named together is
	// told together, and lies together in the processor's cache.
	shelf strings.Builder
	// limit is how many names there may be, 0 for no limit; beyond it all new texts become rest.
	limit   int
	rest    Name
	refused uint64
}

// Rest is the text of the name that stands for all texts beyond [Names.Bound].
const Rest = "…"

// Bound lets the table grow to limit names and no further: every new text then
// gets the Name of [Rest]. A program that runs for months must not keep every
// text it ever saw.
func (n *Names) Bound(limit int) {
	n.rest = n.Intern(Rest)
	n.limit = max(limit, n.Len())
}

// Refused returns how many times a text did not get a name of its own.
func (n *Names) Refused() uint64 { return n.refused }

// Intern returns the Name of s, adding it when it is new.
func (n *Names) Intern(s string) Name {
	if s == "" {
		return 0
	}
	if id, ok := n.index[s]; ok {
		return id
	}
	if n.index == nil {
		n.index = make(map[string]Name)
	}
	if len(n.texts) == 0 {
		n.texts = append(n.texts, "")
	}
	if n.limit > 0 && len(n.texts) >= n.limit {
		n.refused++
		return n.rest
	}
	id := Name(len(n.texts))
	s = n.keep(s)
	n.texts = append(n.texts, s)
	n.index[s] = id
	return id
}

// shelfSize is how many bytes of texts are allocated at once. Longer texts than a fourth of it stay by themselves.
const shelfSize = 4 << 10

// keep returns a text that is equal to s, on the shelf if it is short.
func (n *Names) keep(s string) string {
	if len(s) > shelfSize/4 {
		return strings.Clone(s)
	}
	if n.shelf.Cap()-n.shelf.Len() < len(s) {
		n.shelf.Reset()
		n.shelf.Grow(shelfSize)
	}
	from := n.shelf.Len()
	n.shelf.WriteString(s)
	return n.shelf.String()[from:]
}

// InternBytes is [Names.Intern] for bytes; it allocates only for new texts.
func (n *Names) InternBytes(b []byte) Name {
	if len(b) == 0 {
		return 0
	}
	if id, ok := n.index[string(b)]; ok {
		return id
	}
	return n.Intern(string(b))
}

// Lookup returns the Name of s without adding it.
func (n *Names) Lookup(s string) (Name, bool) {
	if s == "" {
		return 0, true
	}
	id, ok := n.index[s]
	return id, ok
}

// Text returns the text of id, or "" when id was not issued by this table.
//
//go:noinline
func (n *Names) Text(id Name) string {
	if int(id) >= len(n.texts) {
		return ""
	}
	return n.texts[id]
}

// Len returns how many names were issued, the empty one included.
func (n *Names) Len() int { return max(1, len(n.texts)) }

// Clone returns an independent table that has issued the same names.
func (n *Names) Clone() *Names {
	c := &Names{texts: append([]string(nil), n.texts...), index: make(map[string]Name, len(n.index)), limit: n.limit, rest: n.rest, refused: n.refused}
	for i, s := range c.texts {
		if i > 0 {
			c.index[s] = Name(i)
		}
	}
	return c
}
