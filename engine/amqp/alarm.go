package amqp

import "rpcscope/engine/flow"

// Alarm is a resource that runs low; publishers have to wait then.
type Alarm uint8

// The alarms.
const (
	MemoryAlarm Alarm = 1 << iota
	DiskAlarm
)

var alarmNames = map[Alarm]string{MemoryAlarm: "memory", DiskAlarm: "disk", MemoryAlarm | DiskAlarm: "memory & disk"}

// SetAlarm raises or clears an alarm at time now. While one is raised, a
// connection that publishes is blocked: it is told so, and nothing that it
// sends is read until all alarms are cleared.
func (b *Broker) SetAlarm(now int64, a Alarm, on bool) {
	b.now = now
	had := b.alarms
	kind := flow.AlarmClear
	if on {
		b.alarms |= a
		kind = flow.AlarmSet
	} else {
		b.alarms &^= a
	}
	if b.alarms == had {
		return
	}
	e := b.event(kind, 0)
	e.VHost, e.Label = 0, b.names.Intern(alarmNames[a])
	b.emit()
	if b.alarms != 0 {
		return
	}
	for i := 1; i < b.conns.len(); i++ {
		if cn := b.conns.get(uint32(i)); cn.blocked {
			b.unblockConn(cn)
		}
	}
}

// blockConn stops reading from a connection that publishes while an alarm is raised.
func (b *Broker) blockConn(cn *conn) {
	cn.blocked = true
	b.clientEvent(flow.ConnectionBlock, cn, 0)
	b.emit()
	if !cn.plain {
		b.reply(cn, &Method{Op: OpConnectionBlocked, Text: b.names.Intern("low on " + alarmNames[b.alarms])})
	}
}

// unblockConn reads on, beginning with what came meanwhile.
func (b *Broker) unblockConn(cn *conn) {
	cn.blocked = false
	b.clientEvent(flow.ConnectionUnblock, cn, 0)
	b.emit()
	if !cn.plain && cn.stage == stageOpen {
		b.reply(cn, &Method{Op: OpConnectionUnblocked})
	}
	for cn.waiting.len() > 0 && !cn.blocked {
		m := cn.waiting.pop()
		b.handle(cn, &m)
	}
	b.freeIfGone(cn)
}

// heldBack keeps a method for later when its connection is blocked, or becomes
// so by it: the body of a message that comes under an alarm is not read.
func (b *Broker) heldBack(cn *conn, m *Method) bool {
	if !cn.blocked && m.Op == OpBasicPublish && b.alarms != 0 && b.store.at(m.content).Size > 0 {
		b.blockConn(cn)
	}
	if cn.blocked {
		cn.waiting.push(*m)
	}
	return cn.blocked
}
