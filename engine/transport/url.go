package transport

import (
	"strconv"
	"strings"
)

// Host is one of the hosts of a transport. Port is 0 when none was given.
type Host struct {
	Name           string
	Port           int
	User, Password string
}

// Address is "host:port", with brackets around an IPv6 address; port is the one that counts when none was given.
func (h *Host) Address(port int) string {
	name := h.Name
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}
	if h.Port != 0 {
		port = h.Port
	}
	return name + ":" + strconv.Itoa(port)
}

// Option is one setting of a URL's query.
type Option struct{ Name, Value string }

// URL is a transport_url: scheme://[user[:password]@]host[:port][,…][/virtual_host][?option=value&…].
type URL struct {
	Scheme string
	Hosts  []Host
	// VirtualHost is what follows the slash; HasVirtualHost that there was one and that it is not empty.
	VirtualHost    string
	HasVirtualHost bool
	Options        []Option
}

// URLError says what is wrong with a transport_url and what would be right. It
// never repeats a password.
type URLError struct{ Problem, Remedy string }

// Error implements error.
func (e *URLError) Error() string { return e.Problem + "; " + e.Remedy }

const maxHosts = 32

// ParseURL reads a transport_url as oslo.messaging's TransportURL.parse does:
// several hosts with credentials of their own, percent-encoding in user,
// password and virtual host, IPv6 addresses in brackets.
func ParseURL(s string) (*URL, error) {
	bad := func(problem, remedy string) (*URL, error) { return nil, &URLError{problem, remedy} }
	for _, c := range s {
		if c <= ' ' || c == 0x7f || c == 0xfffd {
			return bad("contains a blank, a control character or bad UTF-8", "write such characters percent-encoded, such as %20")
		}
	}
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || scheme == "" {
		return bad("has no scheme", `begin it with "rabbit://", "qpid://" or "zmq://"`)
	}
	u := &URL{Scheme: scheme}
	rest, query, _ := strings.Cut(rest, "?")
	if strings.Contains(rest, "#") || strings.Contains(query, "#") {
		return bad(`contains "#"`, "write it percent-encoded, as %23")
	}
	hosts, vhost, hasPath := strings.Cut(rest, "/")
	if hasPath && vhost != "" {
		v, ok := unescape(vhost)
		if !ok {
			return bad("has a bad percent-encoding in its virtual host", "write % as %25")
		}
		u.VirtualHost, u.HasVirtualHost = v, true
	}
	if hosts != "" {
		list := strings.Split(hosts, ",")
		if len(list) > maxHosts {
			return bad("has "+strconv.Itoa(len(list))+" hosts", "the limit is "+strconv.Itoa(maxHosts))
		}
		for i, h := range list {
			host, e := parseHost(h, i, len(list))
			if e != nil {
				return nil, e
			}
			u.Hosts = append(u.Hosts, host)
		}
	}
	if e := u.parseQuery(query); e != nil {
		return nil, e
	}
	return u, nil
}

func (u *URL) parseQuery(query string) *URLError {
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if pair == "" {
			continue
		}
		name, value, eq := strings.Cut(pair, "=")
		name, ok1 := unescape(name)
		value, ok2 := unescape(strings.ReplaceAll(value, "+", " "))
		switch {
		case !ok1 || !ok2:
			return &URLError{"has a bad percent-encoding after the question mark", "write % as %25"}
		case name == "":
			return &URLError{"has an option without a name", "write options as name=value, joined by &"}
		case !eq:
			return &URLError{"has the option " + strconv.Quote(name) + " without a value", "write " + name + "=…"}
		}
		for _, o := range u.Options {
			if o.Name == name {
				return &URLError{"has the option " + strconv.Quote(name) + " twice", "write it once"}
			}
		}
		u.Options = append(u.Options, Option{name, value})
	}
	return nil
}

func parseHost(s string, i, n int) (h Host, err *URLError) {
	which := ""
	if n > 1 {
		which = " " + strconv.Itoa(i+1)
	}
	fail := func(problem, remedy string) (Host, *URLError) { return Host{}, &URLError{problem, remedy} }
	at := strings.LastIndexByte(s, '@')
	if at >= 0 {
		user, password, _ := strings.Cut(s[:at], ":")
		var ok1, ok2 bool
		h.User, ok1 = unescape(user)
		h.Password, ok2 = unescape(password)
		if !ok1 || !ok2 {
			return fail("has a bad percent-encoding in user or password of host"+which, "write % as %25")
		}
		if strings.ContainsAny(s[:at], "@") {
			return fail(`has "@" in user or password of host`+which, "write it percent-encoded, as %40")
		}
		s = s[at+1:]
	}
	port, hasPort := "", false
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return fail("has an IPv6 address without its closing bracket in host"+which, "write it as [::1]:5672")
		}
		h.Name = s[1:end]
		if !isIPv6(h.Name) {
			return fail(strconv.Quote(h.Name)+" is no IPv6 address", "brackets are for IPv6 addresses, such as [::1]")
		}
		if s = s[end+1:]; s != "" {
			if s[0] != ':' {
				return fail("has something behind the bracket of host"+which, "write it as [::1]:5672")
			}
			port, hasPort = s[1:], true
		}
	} else {
		h.Name, port, hasPort = strings.Cut(s, ":")
		if strings.Contains(port, ":") {
			return fail("has more than one colon in host"+which, "write an IPv6 address in brackets, as [::1]:5672")
		}
		if strings.ContainsAny(h.Name, "[]%") {
			return fail("has a bracket or a percent sign in host"+which, "write a host's name, an IPv4 address, or an IPv6 address in brackets")
		}
	}
	if hasPort {
		p, e := strconv.Atoi(port)
		if e != nil || p < 1 || p > 65535 || port[0] == '+' {
			return fail("has "+strconv.Quote(cutPort(port))+" for a port of host"+which, "write a number from 1 to 65535; a colon in a password is written %3A, an @ %40, a slash %2F")
		}
		h.Port = p
	}
	if h.Name == "" && (n > 1 || at >= 0 || hasPort) {
		return fail("has no name for host"+which, "write the host's name or address")
	}
	return h, nil
}

// cutPort keeps a password that was taken for a port out of the message.
func cutPort(s string) string {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return "…"
		}
	}
	return s[:min(len(s), 8)]
}

func isIPv6(s string) bool {
	colons := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == ':':
			colons++
		case unhex(c) >= 0 || c == '.':
		default:
			return false
		}
	}
	return colons >= 2 && colons <= 7 && len(s) <= 45
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func unescape(s string) (string, bool) {
	if strings.IndexByte(s, '%') < 0 {
		return s, true
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		if i+2 >= len(s) || unhex(s[i+1]) < 0 || unhex(s[i+2]) < 0 {
			return "", false
		}
		b = append(b, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
		i += 2
	}
	return string(b), true
}

// String writes the URL again; ParseURL of it gives an equal one.
func (u *URL) String() string {
	var b strings.Builder
	b.WriteString(u.Scheme + "://")
	for i, h := range u.Hosts {
		if i > 0 {
			b.WriteByte(',')
		}
		if h.User != "" || h.Password != "" {
			b.WriteString(escape(h.User))
			if h.Password != "" {
				b.WriteString(":" + escape(h.Password))
			}
			b.WriteByte('@')
		}
		if strings.Contains(h.Name, ":") {
			b.WriteString("[" + h.Name + "]")
		} else {
			b.WriteString(h.Name)
		}
		if h.Port > 0 {
			b.WriteString(":" + strconv.Itoa(h.Port))
		}
	}
	if u.HasVirtualHost {
		b.WriteString("/" + escape(u.VirtualHost))
	}
	for i, o := range u.Options {
		b.WriteString(string("?&"[min(i, 1)]) + escape(o.Name) + "=" + escape(o.Value))
	}
	return b.String()
}

func escape(s string) string {
	const plain = "-._~"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte("0123456789ABCDEF"[c>>4])
		b.WriteByte("0123456789ABCDEF"[c&15])
	}
	return b.String()
}
