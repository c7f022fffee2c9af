package rpc

import (
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// failure is an exception; the zero failure is none.
type failure struct {
	Class, Module, Text string
	// arg is the exception's argument where its text is not the same.
	arg string
	// told is what str() gives of an exception that came with an answer, longer
	// than Text by the traceback; "" for others.
	told string
	// file and function hold the statement that raised it.
	file, function string
	// where is the kind of statement that raised it: "" a library's, "raise" a method's own, "call" the call of the method itself, "remote" a call that the method made.
	where string
	// status is that of the HTTP response that it stands for, 0 for none.
	status int
	// expected: the endpoint declares it as expected, which shortens the traceback.
	expected bool
	// old: raised in Nova's library on Python 2.
	old bool
}

func (f *failure) isNone() bool { return f.Class == "" }

// remote is the exception that the caller gets to see: a built-in one is built
// again, all others become a RemoteError that carries class name and message
// (oslo_messaging/_drivers/common.py, deserialize_remote_exception). So are
// those of modules that it was told to trust.
func (f *failure) remote(allowed []string) failure {
	r := failure{Class: f.Class, Module: f.Module, Text: f.Text, where: "remote"}
	if f.Module == "exceptions" {
		r.Module = "builtins"
	}
	if r.Module == "builtins" || contains(allowed, f.Module) {
		r.told = bounded(f.message() + "\n" + strings.Join(f.traceback(), "\n"))
		return r
	}
	r.Class, r.Module = "RemoteError", "oslo_messaging.rpc.client"
	r.Text = "Remote error: " + f.Class + " " + f.Text
	r.told = bounded("Remote error: " + f.Class + " " + f.message() + "\n" + listPy(f.traceback()) + ".")
	return r
}

// toldMost bounds what an exception tells of those before it: with each process
// that passes it on it tells twice as much.
const toldMost = 64 << 10

func bounded(s string) string {
	if len(s) <= toldMost {
		return s
	}
	n := toldMost
	for s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}

// message is what str() gives of the exception.
func (f *failure) message() string {
	if f.told != "" {
		return f.told
	}
	return f.Text
}

const library = "/usr/lib/python3/dist-packages/oslo_messaging/rpc/"

// traceback is what Python 3.11 prints for the exception in a server of oslo.messaging 14.0.3.
func (f *failure) traceback() []string {
	if f.old {
		return f.oldTraceback()
	}
	tb := []string{"Traceback (most recent call last):\n"}
	full := f.Class
	if f.Module != "builtins" && f.Module != "__main__" {
		full = f.Module + "." + f.Class
	}
	raised := "  File \"" + f.file + "\", line 44, in " + f.function + "\n    raise " + f.Class + "(" + quotePy(f.argument()) + ")\n"
	if f.expected {
		return append(tb, "  File \""+library+"server.py\", line 244, in inner\n    return func(*args, **kwargs)\n           ^^^^^^^^^^^^^^^^^^^^^\n",
			raised, full+": "+f.Text+"\n")
	}
	tb = append(tb, "  File \""+library+"server.py\", line 165, in _process_incoming\n    res = self.dispatcher.dispatch(message)\n          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n")
	switch f.where {
	case "":
		statement := "raise UnsupportedVersion(version, method=method)"
		line := "320"
		if f.Class == "NoSuchMethod" {
			statement, line = "raise NoSuchMethod(method)", "318"
		}
		tb = append(tb, "  File \""+library+"dispatcher.py\", line "+line+", in dispatch\n    "+statement+"\n")
	default:
		tb = append(tb,
			"  File \""+library+"dispatcher.py\", line 309, in dispatch\n    return self._do_dispatch(endpoint, method, ctxt, args)\n           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
			"  File \""+library+"dispatcher.py\", line 229, in _do_dispatch\n    result = func(ctxt, **new_args)\n             ^^^^^^^^^^^^^^^^^^^^^^\n")
		switch f.where {
		case "raise":
			tb = append(tb, raised)
		case "remote":
			tb = append(tb, f.forwarded()...)
		}
	}
	return append(tb, full+": "+f.message()+"\n")
}

// forwarded are the lines of a method that lets pass what a call of its own raised.
func (f *failure) forwarded() []string {
	const root = "/usr/lib/python3/dist-packages/oslo_messaging/"
	at := func(file, line, function, statement string) string {
		return "  File \"" + file + "\", line " + line + ", in " + function + "\n    " + statement + "\n"
	}
	return []string{
		at(f.file, "44", f.function, "return cctxt.call(ctxt, method)"),
		at(root+"rpc/client.py", "190", "call", "result = self.transport._send("),
		at(root+"transport.py", "123", "_send", "return self._driver.send(target, ctxt, message,"),
		at(root+"_drivers/amqpdriver.py", "689", "send", "return self._send(target, ctxt, message, wait_for_reply, timeout,"),
		at(root+"_drivers/amqpdriver.py", "681", "_send", "raise result"),
	}
}

// listPy writes a list of texts as Python's repr does.
func listPy(list []string) string {
	out := "["
	for i, s := range list {
		if i > 0 {
			out += ", "
		}
		out += strings.ReplaceAll(quotePy(s), "\n", `\n`)
	}
	return out + "]"
}

// oldTraceback is what Python 2.7 prints for the exception in a service of Nova's library.
func (f *failure) oldTraceback() []string {
	const library = "/usr/lib/python2.7/dist-packages/nova/openstack/common/rpc/"
	tb := []string{
		"Traceback (most recent call last):\n",
		"  File \"" + library + "amqp.py\", line 430, in _process_data\n    rval = self.proxy.dispatch(ctxt, version, method, **args)\n",
	}
	switch f.where {
	case "":
		tb = append(tb, "  File \""+library+"dispatcher.py\", line 138, in dispatch\n    raise rpc_common."+f.Class+"(version=version)\n")
	default:
		tb = append(tb, "  File \""+library+"dispatcher.py\", line 133, in dispatch\n    return getattr(proxyobj, method)(ctxt, **kwargs)\n")
		if f.where == "raise" {
			tb = append(tb, "  File \""+f.file+"\", line 44, in "+f.function+"\n    raise "+f.Class+"("+quotePy(f.argument())+")\n")
		}
	}
	return append(tb, f.Class+": "+f.Text+"\n")
}

// raised is an exception raised by a method's own statement. Python prints a
// KeyError as the representation of its key.
func raised(class, module, text string, expected bool) failure {
	f := failure{Class: class, Module: module, Text: text, where: "raise", expected: expected}
	if class == "KeyError" && module == "builtins" {
		f.Text, f.arg = quotePy(text), text
	}
	return f
}

func (f *failure) argument() string {
	if f.told != "" {
		return f.told
	}
	if f.arg != "" {
		return f.arg
	}
	return f.Text
}

// quotePy writes a text as Python's repr does, for texts without control characters.
func quotePy(s string) string {
	s = strings.ReplaceAll(s, `\`, `\\`)
	if strings.Contains(s, "'") {
		if !strings.Contains(s, `"`) {
			return `"` + s + `"`
		}
		s = strings.ReplaceAll(s, "'", `\'`)
	}
	return "'" + s + "'"
}

// appendJSON writes the failure as serialize_remote_exception does.
func (f *failure) appendJSON(dst []byte) []byte {
	w := writer{dst: append(dst, '{')}
	w.text("class", f.Class)
	w.text("module", f.Module)
	w.text("message", f.message())
	list := Value{Kind: Array}
	for _, line := range f.traceback() {
		list.Items = append(list.Items, Str(line))
	}
	w.value("tb", &list)
	w.value("args", &Value{Kind: Array, Items: []Value{Str(f.argument())}})
	w.raw("kwargs", "{}")
	return append(w.dst, '}')
}
