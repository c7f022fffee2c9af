package player

import (
	"strconv"
	"strings"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// The ids of things, as the page and the map's proxies write them.

func processID(n *flow.Names, name flow.Name) string {
	if name == 0 {
		return ""
	}
	return "p:" + n.Text(name)
}

func queueID(n *flow.Names, vhost, name flow.Name) string {
	return "q:" + n.Text(vhost) + "/" + n.Text(name)
}

func exchangeID(n *flow.Names, vhost, name flow.Name) string {
	return "x:" + n.Text(vhost) + "/" + n.Text(name)
}

func messageID(m flow.MsgID) string { return "m:" + strconv.FormatUint(uint64(m), 10) }

func rpcID(id flow.ID) string {
	if id.IsZero() {
		return ""
	}
	return "r:" + id.String()
}

// foldID reads "f:fold" or "f:fold.place", the ids of what opens and folds.
func foldID(id string) (fold uint64, ok bool) {
	rest, found := strings.CutPrefix(id, "f:")
	rest, _, _ = strings.Cut(rest, ".")
	fold, err := strconv.ParseUint(rest, 10, 64)
	return fold, found && err == nil
}

// thing is a parsed id.
type thing struct {
	kind view.RefKind
	// vhost, name of a queue or exchange, name of a process.
	vhost, name flow.Name
	msg         flow.MsgID
	rpc         flow.ID
	ok          bool
}

// parse reads an id. Names that the stream never had make it not ok.
func (p *Player) parse(id string) thing {
	kind, rest, found := strings.Cut(id, ":")
	if !found {
		return thing{}
	}
	switch kind {
	case "m":
		n, err := strconv.ParseUint(rest, 10, 64)
		return thing{kind: view.RefMessage, msg: flow.MsgID(n), ok: err == nil && n > 0}
	case "r":
		rpc, exact := flow.ParseID(rest)
		return thing{kind: view.RefCall, rpc: rpc, ok: exact && !rpc.IsZero()}
	case "p":
		n, ok := p.names.Lookup(rest)
		return thing{kind: view.RefProcess, name: n, ok: ok}
	case "b":
		return thing{kind: view.RefBroker, ok: rest == ""}
	case "q", "x":
		return p.parseInBroker(kind, rest)
	}
	return thing{}
}

// parseInBroker splits "vhost/name". Both parts may hold slashes: the split that names something that exists counts.
func (p *Player) parseInBroker(kind, rest string) thing {
	var first thing
	for i := range len(rest) {
		if rest[i] != '/' {
			continue
		}
		vhost, okV := p.names.Lookup(rest[:i])
		name, okN := p.names.Lookup(rest[i+1:])
		if !okV || !okN {
			continue
		}
		t := thing{kind: view.RefQueue, vhost: vhost, name: name, ok: true}
		if kind == "x" {
			t.kind = view.RefExchange
		}
		if p.slot(&t) != 0 {
			return t
		}
		if !first.ok {
			first = t
		}
	}
	return first
}

// slot finds the thing's record at the playhead, 0 when it has none.
func (p *Player) slot(t *thing) view.Slot {
	s := p.State()
	switch t.kind {
	case view.RefProcess:
		return s.ProcessSlot(t.name)
	case view.RefQueue:
		return s.QueueSlot(t.vhost, t.name)
	case view.RefExchange:
		return s.ExchangeSlot(t.vhost, t.name)
	case view.RefMessage:
		return s.MessageSlot(t.msg)
	case view.RefCall:
		return s.CallSlot(t.rpc)
	}
	return 0
}

func (p *Player) ref(t *thing) view.Ref {
	if !t.ok {
		return view.Ref{}
	}
	return view.Ref{Kind: t.kind, Slot: p.slot(t)}
}
