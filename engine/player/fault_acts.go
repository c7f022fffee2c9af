package player

import (
	"strings"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// Deed is something that a person can do to what is selected: a command of the kind Kind.
type Deed struct {
	// Kind is one of rpc.ActNames. Client and Queue are what it is done to.
	Kind   string `json:"kind"`
	Client string `json:"client"`
	Queue  string `json:"queue"`
	// Value goes with it, as scenario.Command has it.
	Value int64 `json:"value"`
	// When is what it waits for, "" for nothing; Label the alarm or how.
	When  string `json:"when"`
	Label string `json:"label"`
}

const second = int64(1e9)

// brokerID is the id of the broker itself.
const brokerID = "b:"

// offerProcess lists what can be done to a process.
func (p *Player) offerProcess(o *Selection, v *view.Process) {
	if p.sim == nil {
		return
	}
	name := p.names.Text(v.Name)
	do := func(is bool, kind string, value int64, when string) {
		if is {
			o.Deeds = append(o.Deeds, Deed{Kind: kind, Client: name, Value: value, When: when})
		}
	}
	up := v.Died == 0
	do(!up, "start", 0, "")
	if !up {
		return
	}
	rabbit := p.State().Carrier == view.CarrierRabbit && v.Role != 0
	serves := v.Role&view.RoleWorker != 0
	paused := v.Condition == view.Paused
	do(true, "kill", 0, "")
	do(!paused, "stop", 0, "")
	do(!paused, "pause", 0, "")
	do(paused, "continue", 0, "")
	do(v.Slow == 0, "slow_down", 10_000, "")
	do(v.Slow != 0, "slow_down", 1000, "")
	do(serves, "kill", 0, "fetched")
	do(serves, "kill", 0, "acknowledged")
	do(serves, "kill", 0, "finished")
	do(v.Conns > 0 && v.Role != 0, "drop_connections", 0, "")
	if !rabbit {
		return
	}
	do(!v.Cut, "cut_link", 0, "")
	do(v.Delay == 0, "delay_link", second, "")
	do(v.Cut || v.Delay != 0, "restore_link", 0, "")
	do(p.hasReplyQueue(v.Name), "lose_reply_queue", 0, "")
	do(p.sends(name), "poison", 0, "")
}

// offerStart lets a process of the scenario start that ended so long ago that nothing is left of it.
func (p *Player) offerStart(o *Selection, name string) {
	if p.sim == nil {
		return
	}
	for i := range p.sim.doc.Config.Processes {
		if c := &p.sim.doc.Config.Processes[i]; c.Name == name && c.StartAt < p.now() {
			o.Deeds = append(o.Deeds, Deed{Kind: "start", Client: name})
		}
	}
}

// hasReplyQueue reports whether a process reads answers from a queue of its own.
func (p *Player) hasReplyQueue(name flow.Name) bool {
	st := p.State()
	for i := view.Slot(1); i < st.Queues.Cap(); i++ {
		if q := st.Queues.At(i); st.Queues.Live(i) && q.Died == 0 && q.Reply && q.Owner == name && strings.HasPrefix(p.names.Text(q.Name), "reply_") {
			return true
		}
	}
	return false
}

// sends reports whether the scenario offers that a process sends requests.
func (p *Player) sends(client string) bool {
	for _, a := range p.sim.doc.Actions() {
		if a.Client == client && a.Kind != "notify" {
			return true
		}
	}
	return false
}

func (p *Player) offerQueue(o *Selection, v *view.Queue) {
	if p.sim == nil || v.Died != 0 || v.Socket || v.Flags&flow.Exclusive != 0 || p.State().Carrier != view.CarrierRabbit {
		return
	}
	name := p.names.Text(v.Name)
	o.Deeds = append(o.Deeds, Deed{Kind: "purge_queue", Queue: name}, Deed{Kind: "delete_queue", Queue: name})
}

func (p *Player) inspectBroker(o *Selection) {
	n := &p.State().Node
	o.Kind, o.Title = "broker", "broker"
	if p.sim != nil {
		o.Title = p.sim.doc.Broker
	}
	state := "up"
	switch {
	case n.Down:
		state = "down"
	case n.Alarms != 0:
		state = "alarm"
	}
	o.fact("state", state)
	if n.Alarms&view.AlarmMemory != 0 {
		o.fact("low-on", "memory")
	}
	if n.Alarms&view.AlarmDisk != 0 {
		o.fact("low-on", "disk")
	}
	st := p.State()
	conns, blocked := 0, 0
	for i := view.Slot(1); i < st.Connections.Cap(); i++ {
		if c := st.Connections.At(i); st.Connections.Live(i) && c.Died == 0 {
			conns++
			if c.Blocked {
				blocked++
			}
		}
	}
	o.number("connections", int64(conns))
	if blocked > 0 {
		o.number("blocked", int64(blocked))
	}
	if p.sim == nil || st.Carrier != view.CarrierRabbit {
		return
	}
	if n.Down {
		o.Deeds = append(o.Deeds, Deed{Kind: "start_broker"})
		return
	}
	o.Deeds = append(o.Deeds, Deed{Kind: "restart_broker", Value: 3 * second}, Deed{Kind: "stop_broker"})
	if n.Alarms&view.AlarmMemory != 0 {
		o.Deeds = append(o.Deeds, Deed{Kind: "clear_alarm", Label: "memory"})
	} else {
		o.Deeds = append(o.Deeds, Deed{Kind: "raise_alarm", Label: "memory"})
	}
}

// hindrances are facts of what is wrong with a process.
func (o *Selection) hindrances(v *view.Process) {
	if v.Died != 0 {
		return
	}
	if v.Cut {
		o.fact("link", "cut")
	} else if v.Delay > 0 {
		o.fact("link", "+"+duration(v.Delay))
	}
	if v.Slow > 0 {
		o.fact("slowed", times(v.Slow))
	}
	if v.Blocked > 0 {
		o.number("blocked", int64(v.Blocked))
	}
}

// times writes thousandths as "10×".
func times(thousandths int64) string { return trim(float64(thousandths)/1000, 1) + "×" }

// operatorDoes are the words for what the operator does, by the word of a scenario document; {} is whom it is done to.
var operatorDoes = map[string]string{
	"stop": "tells {} to stop", "kill": "kills {}", "start": "starts {}", "drop_connections": "closes the connections of {}", "detach": "detaches {}",
	"pause": "pauses {}", "continue": "lets {} continue", "slow_down": "slows {} down", "change_version": "puts another release of {} in place", "poison": "lets {} send what nobody can read",
	"cut_link": "cuts the link between {} and the broker", "delay_link": "delays the link between {} and the broker", "restore_link": "restores the link between {} and the broker",
	"lose_reply_queue": "deletes the reply queue of {}", "delete_queue": "deletes {}", "purge_queue": "purges {}",
	"restart_broker": "restarts the broker", "stop_broker": "stops the broker", "start_broker": "starts the broker",
	"raise_alarm": "raises an alarm at the broker", "clear_alarm": "clears an alarm at the broker", "set_policy": "sets a policy",
}

// faulty says what an event of a fault is; "" for any other.
func faulty(n *flow.Names, e *flow.Event, who string) string {
	label := n.Text(e.Label)
	switch e.Kind {
	case flow.Operator:
		whom := orText(n.Text(e.Queue), n.Text(e.Process))
		s := "operator " + strings.Replace(orText(operatorDoes[label], label+" {}"), "{}", whom, 1)
		switch label {
		case "slow_down":
			s += " " + times(e.Value)
		case "delay_link":
			s += " by " + duration(e.Value)
		}
		if text := n.Text(e.Text); text != "" {
			s += ": " + text
		}
		return strings.TrimSpace(s)
	case flow.ProcessPause:
		return who + " stands still: paused"
	case flow.ProcessContinue:
		return who + " goes on"
	case flow.ProcessSlow:
		if e.Value <= 1000 {
			return who + " works at its usual speed again"
		}
		return who + " takes " + times(e.Value) + " as long"
	case flow.NetworkCut:
		return "nothing passes between " + who + " and the broker"
	case flow.NetworkDelay:
		return "what passes between " + who + " and the broker takes " + duration(e.Value) + " longer"
	case flow.NetworkRestore:
		return "the link between " + who + " and the broker is as before"
	case flow.BrokerStop:
		return "the broker is down" + because(label)
	case flow.BrokerStart:
		return "the broker is up again"
	case flow.AlarmSet:
		return "the broker is low on " + label + ": who publishes is blocked"
	case flow.AlarmClear:
		return "the broker has enough " + label + " again"
	case flow.ConnectionBlock:
		return "the broker reads no more from a connection of " + who
	case flow.ConnectionUnblock:
		return "the broker reads again from a connection of " + who
	case flow.QueueLimit:
		return n.Text(e.Queue) + " may hold " + count(e.Value, "message", "messages") + " by a policy"
	}
	return ""
}
