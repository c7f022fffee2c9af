package rpc

import (
	"strconv"
	"strings"

	"rpcscope/engine/flow"
	"rpcscope/engine/transport"
)

// runNotify publishes one notification to each topic: one message id, a unique
// id each (oslo_messaging/notify/messaging.py). pc is the next topic.
func (s *System) runNotify(i int32, f *frame) bool {
	st := f.step
	p := &s.procs[s.tasks[i].proc]
	if f.pc == 0 {
		f.id = flow.ID(s.ids.UUID())
		f.at = s.now
	}
	if fail := s.tasks[i].fail; f.pc > 0 && !fail.isNone() {
		s.unpublished(i, f, flow.ID{}, flow.ClassNotification, fail)
		if p.cfg.Options.Profile.Old() {
			return s.raise(i, fail)
		}
		s.tasks[i].fail = failure{} // the notifier logs it and goes on (oslo_messaging/notify/messaging.py, MessagingDriver.notify)
	}
	if int(f.pc) == len(st.Topics) {
		return s.pop(i, Value{})
	}
	topic := st.Topics[f.pc]
	f.pc++
	publisher := st.Publisher
	if publisher == "" {
		publisher = p.cfg.Program + "." + p.cfg.Host
	}
	exchange := st.Exchange
	if exchange == "" {
		exchange = p.cfg.Options.ControlExchange
	}
	b := &body{
		class: flow.ClassNotification, unique: flow.ID(s.ids.UUID()), method: st.Method, args: f.args, ctx: f.ctx,
		message: dashed(f.id), publisher: publisher, priority: st.Priority, timestamp: timestamp(f.at), bare: st.Bare,
	}
	b.profile = p.cfg.Options.Profile
	if !b.profile.Old() && p.cfg.Options.Release >= sinceSafe {
		b.ctx = safe(&f.ctx)
	}
	return s.sendOff(i, frame{a: -1, out: outgoing{
		body: s.keep(b), exchange: s.names.Intern(exchange), key: s.names.Intern(topic + "." + st.Priority), kind: s.words.topic, notify: true, retry: st.Retry,
		to: transport.Target{Exchange: exchange, Topic: topic + "." + st.Priority, Notify: true},
	}})
}

// safeKeys are the entries of a context that a notification passes on: whose it
// is, and no token (oslo_messaging/notify/notifier.py, _sanitize_context).
const safeKeys = " user_id project_id domain_id user_domain_id project_domain_id is_admin request_id roles user_name project_name domain_name" +
	" user_domain_name project_domain_name service_user_id service_user_domain_id service_user_domain_name service_project_id service_project_name" +
	" service_project_domain_id service_project_domain_name service_roles global_request_id system_scope user domain user_domain project_domain "

func safe(ctx *Value) Value {
	out := Value{Kind: Object}
	for i, k := range ctx.Keys {
		if strings.Contains(safeKeys, " "+k+" ") && !strings.Contains(k, " ") {
			out = out.With(k, ctx.Items[i])
		}
	}
	return out
}

func dashed(id flow.ID) string {
	h := id.String()
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// timestamp writes a moment of the simulation as oslo.messaging writes UTC, on
// a day of its own choosing: simulations have no wall clock.
func timestamp(at int64) string {
	us := at / 1000
	pad := func(n int64, width int) string {
		d := strconv.FormatInt(n, 10)
		for len(d) < width {
			d = "0" + d
		}
		return d
	}
	sec := us / 1e6
	return "2026-01-" + pad(1+sec/86400%28, 2) + " " + pad(sec/3600%24, 2) + ":" + pad(sec/60%60, 2) + ":" + pad(sec%60, 2) + "." + pad(us%1e6, 6)
}
