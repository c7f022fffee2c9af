package amqp

import (
	"strings"

	"rpcscope/engine/flow"
)

// user is one that may log in.
type user struct {
	name, password flow.Name
	quota          quota // of connections and channels
	impersonator   bool  // may set the property user-id to another's name
}

// right is what a permission is about.
type right uint8

const (
	mayConfigure right = iota
	mayWrite
	mayRead
)

// permission is what a user may do in a virtual host.
type permission struct {
	user, vhost flow.Name
	patterns    [3]*pattern
	all         bool // every pattern is ".*"
}

// topicPermission narrows what routing keys a user may use with a topic exchange.
type topicPermission struct {
	user, vhost, exchange flow.Name
	write, read           flow.Name
}

// Guest is the user that exists at first, with itself as password and all rights everywhere.
const Guest = "guest"

// SetUser makes a user without rights, or changes one's password. An
// impersonator may publish in others' names.
func (b *Broker) SetUser(name, password string, impersonator bool) {
	u := user{name: b.names.Intern(name), password: b.names.Intern(password), impersonator: impersonator}
	if old := b.findUser(u.name); old != nil {
		u.quota = old.quota
		*old = u
		return
	}
	b.users = append(b.users, u)
}

func (b *Broker) findUser(name flow.Name) *user {
	for i := range b.users {
		if b.users[i].name == name {
			return &b.users[i]
		}
	}
	return nil
}

// DeleteUser removes a user with all rights; its connections are closed.
func (b *Broker) DeleteUser(now int64, name string) {
	id := b.names.Intern(name)
	if b.findUser(id) == nil {
		return
	}
	users := b.users
	b.users = nil
	for _, u := range users {
		if u.name != id {
			b.users = append(b.users, u)
		}
	}
	b.perms = keep(b.perms, func(p *permission) bool { return p.user != id })
	b.topicPerms = keep(b.topicPerms, func(p *topicPermission) bool { return p.user != id })
	b.closeWhere(now, func(cn *conn) bool { return cn.user == id }, "user '"+name+"' is deleted")
}

// keep makes a new list of those that keep their place; clones may share the old one.
func keep[T any](list []T, wanted func(*T) bool) (kept []T) {
	for i := range list {
		if wanted(&list[i]) {
			kept = append(kept, list[i])
		}
	}
	return kept
}

// Permit says what a user may configure, write and read in a virtual host, as
// regular expressions; "" is nothing. It replaces what was said before, for
// open connections too. It is false when an expression cannot be read.
func (b *Broker) Permit(vhost, user, configure, write, read string) bool {
	p := permission{user: b.names.Intern(user), vhost: b.names.Intern(vhost), all: true}
	for i, text := range [3]string{configure, write, read} {
		if text == "" {
			text = "^$"
		}
		if p.patterns[i] = compilePattern(text); p.patterns[i] == nil {
			return false
		}
		p.all = p.all && text == ".*"
	}
	b.Forbid(vhost, user)
	b.perms = append(b.perms, p)
	b.renewRights()
	return true
}

// Forbid takes all of a user's rights in a virtual host.
func (b *Broker) Forbid(vhost, user string) {
	u, v := b.names.Intern(user), b.names.Intern(vhost)
	b.perms = keep(b.perms, func(p *permission) bool { return p.user != u || p.vhost != v })
	b.renewRights()
}

// PermitTopic narrows the routing keys that a user may publish with and bind by
// at a topic exchange; "{username}" and "{vhost}" stand for the user's own.
func (b *Broker) PermitTopic(vhost, user, exchange, write, read string) {
	p := topicPermission{b.names.Intern(user), b.names.Intern(vhost), b.names.Intern(exchange), b.names.Intern(write), b.names.Intern(read)}
	b.topicPerms = keep(b.topicPerms, func(o *topicPermission) bool {
		return o.user != p.user || o.vhost != p.vhost || o.exchange != p.exchange
	})
	b.topicPerms = append(b.topicPerms, p)
	b.renewRights()
}

// renewRights notes for every connection whether it may do all, so that most need not ask.
func (b *Broker) renewRights() {
	for i := 1; i < b.conns.len(); i++ {
		cn := b.conns.get(uint32(i))
		cn.trusted = b.trusted(cn)
	}
}

func (b *Broker) trusted(cn *conn) bool {
	for i := range b.topicPerms {
		if p := &b.topicPerms[i]; p.user == cn.user && p.vhost == cn.vhostName {
			return false
		}
	}
	p := b.permission(cn.user, cn.vhostName)
	return p != nil && p.all
}

func (b *Broker) permission(user, vhost flow.Name) *permission {
	for i := range b.perms {
		if p := &b.perms[i]; p.user == user && p.vhost == vhost {
			return p
		}
	}
	return nil
}

// allowed checks a right to a queue or exchange, and refuses where it is missing.
func (b *Broker) allowed(cn *conn, ch *channel, r right, kind string, name flow.Name, op Op) bool {
	if cn.trusted {
		return true
	}
	text := b.names.Text(name)
	if kind == "exchange" && name == 0 {
		text = "amq.default"
	}
	if p := b.permission(cn.user, cn.vhostName); p != nil && p.patterns[r].match(text) {
		return true
	}
	b.fail(cn, ch, accessRefused, "access to "+kind+" '"+text+"' in vhost '"+b.names.Text(cn.vhostName)+"' refused for user '"+b.names.Text(cn.user)+"'", op)
	return false
}

// allowedTopic checks the routing key of a publish to a topic exchange, or of a binding from one.
func (b *Broker) allowedTopic(cn *conn, ch *channel, r right, x *exchange, key flow.Name, op Op) bool {
	if cn.trusted || x.kind != topicType {
		return true
	}
	for i := range b.topicPerms {
		p := &b.topicPerms[i]
		if p.user != cn.user || p.vhost != cn.vhostName || p.exchange != x.name {
			continue
		}
		text := p.read
		if r == mayWrite {
			text = p.write
		}
		if b.compileFor(cn, text).match(b.names.Text(key)) {
			return true
		}
		b.fail(cn, ch, accessRefused, "access to topic '"+b.names.Text(key)+"' in "+b.rs("exchange", x.name, x.vhost)+" refused for user '"+b.names.Text(cn.user)+"'", op)
		return false
	}
	return true
}

func (b *Broker) compileFor(cn *conn, text flow.Name) *pattern {
	s := b.names.Text(text)
	if s == "" {
		s = "^$"
	}
	s = strings.ReplaceAll(s, "{username}", b.names.Text(cn.user))
	return compilePattern(strings.ReplaceAll(s, "{vhost}", b.names.Text(cn.vhostName)))
}
