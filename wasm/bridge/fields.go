package bridge

import (
	"cmp"
	"strconv"

	"rpcscope/engine/player"
	"rpcscope/engine/rpc"
	"rpcscope/engine/scenario"
)

// Fields are the members of a JSON object that the page or a server sent. Members that nobody asks for do not matter, those
// that are missing or null read as zero; the first that is of another type than asked for is remembered in Err.
// They are what encoding/json and its reflection would be too large for.
type Fields struct {
	object rpc.Value
	parts  [][]byte
	// Err is a [*player.Error].
	Err error
}

// Read reads an object.
func Read(data []byte) *Fields {
	v, parts, err := scenario.ReadJSON(data)
	f := &Fields{object: v, parts: parts}
	switch {
	case err != nil:
		f.Err = &player.Error{Code: "bad-command", Text: err.Error()}
	case v.Kind != rpc.Object:
		f.Err = &player.Error{Code: "bad-command", Text: "not a JSON object"}
	}
	return f
}

// find returns the place of a member that is of a kind, −1 when there is none.
func (f *Fields) find(name string, kind rpc.ValueKind, what string) int {
	for i, k := range f.object.Keys {
		if k != name {
			continue
		}
		switch f.object.Items[i].Kind {
		case kind:
			return i
		case rpc.Null:
			return -1
		}
		f.bad(name, what)
	}
	return -1
}

func (f *Fields) bad(name, what string) {
	if f.Err == nil {
		f.Err = &player.Error{Code: "bad-command", Text: name + " is not " + what, Path: name}
	}
}

// Part returns a member as it is written, nil when there is none.
func (f *Fields) Part(name string) []byte {
	for i, k := range f.object.Keys {
		if k == name && f.object.Items[i].Kind != rpc.Null {
			return f.parts[i]
		}
	}
	return nil
}

// document reads a scenario document as it is written: a file comes as a text, so that whatever is wrong in it is found by who reads scenarios.
func (f *Fields) document(name string) []byte {
	for i, k := range f.object.Keys {
		if k == name && f.object.Items[i].Kind == rpc.String {
			return []byte(cmp.Or(f.object.Items[i].Text, " ")) // an empty file is a document, too
		}
	}
	return f.Part(name)
}

// Text reads a text.
func (f *Fields) Text(name string) string {
	if i := f.find(name, rpc.String, "a text"); i >= 0 {
		return f.object.Items[i].Text
	}
	return ""
}

// On reads true or false.
func (f *Fields) On(name string) bool {
	i := f.find(name, rpc.Bool, "true or false")
	return i >= 0 && f.object.Items[i].True
}

// Number reads a number.
func (f *Fields) Number(name string) float64 {
	i := f.find(name, rpc.Number, "a number")
	if i < 0 {
		return 0
	}
	v, err := strconv.ParseFloat(f.object.Items[i].Text, 64)
	if err != nil {
		f.bad(name, "a number of 64 bits")
	}
	return v
}

// Int reads a whole number.
func (f *Fields) Int(name string) int64 {
	i := f.find(name, rpc.Number, "a whole number")
	if i < 0 {
		return 0
	}
	v, err := strconv.ParseInt(f.object.Items[i].Text, 10, 64)
	if err != nil {
		f.bad(name, "a whole number of 64 bits")
	}
	return v
}

// Count reads a whole number that is not negative.
func (f *Fields) Count(name string) uint64 {
	i := f.find(name, rpc.Number, "a whole number")
	if i < 0 {
		return 0
	}
	v, err := strconv.ParseUint(f.object.Items[i].Text, 10, 64)
	if err != nil {
		f.bad(name, "a whole number from 0 to 2⁶⁴ − 1")
	}
	return v
}

// ReadCommand reads a command as the page writes it; see [player.Command] for its fields.
// "doc" is a scenario document: an object, or the text of a file.
func ReadCommand(data []byte) (player.Command, error) {
	f := Read(data)
	c := player.Command{
		Cmd:      f.Text("cmd"),
		Scenario: f.Text("scenario"),
		Doc:      f.document("doc"),
		Seed:     f.Count("seed"),
		Over:     f.Part("over"),
		Title:    f.Text("title"),
		By:       f.Text("by"),
		Dir:      int(f.Int("dir")),
		D:        f.Number("d"),
		To:       f.Text("to"),
		X:        f.Number("x"),
		Kind:     f.Text("kind"),
		Client:   f.Text("client"),
		Topic:    f.Text("topic"),
		Server:   f.Text("server"),
		Method:   f.Text("method"),
		Label:    f.Text("label"),
		Target:   f.Text("target"),
		Queue:    f.Text("queue"),
		Value:    f.Int("value"),
		When:     f.Text("when"),
		Waits:    f.Text("waits"),
		ID:       f.Text("id"),
		On:       f.On("on"),
		D0:       f.Number("d0"),
		D1:       f.Number("d1"),

		ReducedMotion: f.On("reducedMotion"),
	}
	return c, f.Err
}

// ReadStatus reads what the live bridge says about itself.
func ReadStatus(data []byte) (player.LiveStatus, error) {
	f := Read(data)
	s := player.LiveStatus{
		State:     f.Text("state"),
		Text:      f.Text("text"),
		Remedy:    f.Text("remedy"),
		Broker:    f.Text("broker"),
		Captured:  f.Count("captured"),
		Delivered: f.Count("delivered"),
		LagMs:     f.Int("lagMs"),
		Since:     f.Text("since"),
		Clock:     f.Text("clock"),
		Zone:      f.Text("zone"),
		OffsetMin: int(f.Int("offsetMin")),
	}
	if f.find("coverage", rpc.Number, "a number") >= 0 {
		share := f.Number("coverage")
		s.Coverage = &share
	}
	if i := f.find("vhosts", rpc.Array, "a list"); i >= 0 {
		for _, v := range f.object.Items[i].Items {
			s.VHosts = append(s.VHosts, v.Text)
		}
	}
	if part := f.Part("dropped"); part != nil {
		d := Read(part)
		s.Dropped = map[string]uint64{}
		for _, reason := range d.object.Keys {
			s.Dropped[reason] = d.Count(reason)
		}
		if f.Err == nil {
			f.Err = d.Err
		}
	}
	return s, f.Err
}
