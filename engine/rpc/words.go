package rpc

import "rpcscope/engine/flow"

// words are the texts that every system needs, interned once.
type words struct {
	topic, fanout, direct   flow.Name
	props                   flow.Name
	stopped, killed, exited flow.Name
	invoker, worker, both   flow.Name
	tags                    [10]flow.Name
}

func internWords(n *flow.Names) words {
	w := words{
		topic: n.Intern("topic"), fanout: n.Intern("fanout"), direct: n.Intern("direct"),
		props:   n.Intern("content_type=application/json; content_encoding=utf-8; delivery_mode=2; priority=0"),
		stopped: n.Intern("stopped"), killed: n.Intern("killed"), exited: n.Intern("exited"),
		invoker: n.Intern("invoker"), worker: n.Intern("worker"), both: n.Intern("both"),
	}
	for i := range w.tags {
		w.tags[i] = n.Intern(itoa(i))
	}
	return w
}
