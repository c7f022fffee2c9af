package flow

// Rename replaces every name of the event by what to says.
func (e *Event) Rename(to func(Name) Name) {
	for _, n := range []*Name{
		&e.VHost, &e.Process, &e.Conn, &e.Exchange, &e.Queue, &e.Key, &e.Tag, &e.Label, &e.Text, &e.Args,
	} {
		*n = to(*n)
	}
}

// Rename replaces every name of the message by what to says.
func (m *Message) Rename(to func(Name) Name) {
	for _, n := range []*Name{
		&m.Exchange, &m.Key, &m.Method, &m.Namespace, &m.Version, &m.EventType, &m.Priority, &m.FailureClass,
		&m.ReplyQueue, &m.Props, &m.Context, &m.Preview,
	} {
		*n = to(*n)
	}
}

// Rename makes the decoder go on with another table of names: a stream of many
// hours names ever new things, and a table never forgets.
func (d *Decoder) Rename(names *Names) {
	for i, n := range d.rec.dict {
		d.rec.dict[i] = names.Intern(d.names.Text(n))
	}
	d.names, d.rec.names = names, names
}
