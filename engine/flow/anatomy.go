package flow

import "strings"

// The names in the Args of a ProcessStart: what a source knows of a service beyond what it does on the broker. Each stands
// as "name=value"; where one may stand several times, the order is kept.
const (
	// AnatomyComponent is the component it belongs to, such as "nova"; AnatomyDoor is "yes" for the process by which
	// other components reach it.
	AnatomyComponent = "component"
	AnatomyDoor      = "door"
	// AnatomyBinary and AnatomyEntry are the program and its console entry point, such as "nova.cmd.compute:main".
	AnatomyBinary = "binary"
	AnatomyEntry  = "entry point"
	// AnatomyTopic, AnatomyManager, AnatomyMethods and AnatomyClient are said of each endpoint: the topic, the class with
	// its version, its methods, and the rpcapi class that callers use, with its version.
	AnatomyTopic   = "topic"
	AnatomyManager = "manager"
	AnatomyMethods = "methods"
	AnatomyClient  = "rpcapi"
	// AnatomyRoute is a request that it answers; AnatomyFilter and AnatomyApp are its WSGI pipeline in order.
	AnatomyRoute  = "answers"
	AnatomyFilter = "filter"
	AnatomyApp    = "app"
)

// anatomyEnd parts the texts.
const anatomyEnd = "; "

// AppendAnatomy appends one text to the Args of a ProcessStart; nothing when value is empty.
func AppendAnatomy(dst, name, value string) string {
	if value == "" {
		return dst
	}
	if dst != "" {
		dst += anatomyEnd
	}
	return dst + name + "=" + strings.ReplaceAll(value, anatomyEnd, ", ")
}

// Anatomy goes through the Args of a ProcessStart: it returns the first name and value, and what follows.
// name is "" at the end.
func Anatomy(args string) (name, value, rest string) {
	one, rest, _ := strings.Cut(args, anatomyEnd)
	name, value, _ = strings.Cut(one, "=")
	return name, value, rest
}

// AnatomyOf returns the first value of a name, or "".
func AnatomyOf(args, name string) string {
	for args != "" {
		n, v, rest := Anatomy(args)
		if n == name {
			return v
		}
		args = rest
	}
	return ""
}
