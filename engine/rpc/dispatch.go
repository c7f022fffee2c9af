package rpc

import "strings"

// ParseVersion splits "major.minor" or "major.minor.revision".
func ParseVersion(s string) (v [3]int, ok bool) {
	for i := range v {
		part, rest, more := strings.Cut(s, ".")
		if v[i], ok = digits(part); !ok {
			return v, false
		}
		if s = rest; !more {
			return v, i > 0
		}
	}
	return v, false
}

func digits(s string) (n int, ok bool) {
	if s == "" || len(s) > 6 {
		return 0, false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// Compatible reports whether an endpoint of version have serves a request of
// version want: equal majors, and a minor that is not above the endpoint's, nor
// with equal minors the revision (oslo_messaging/_utils.py, version_is_compatible).
func Compatible(have, want string) bool {
	h, ok1 := ParseVersion(have)
	w, ok2 := ParseVersion(want)
	return ok1 && ok2 && h[0] == w[0] && (w[1] < h[1] || w[1] == h[1] && w[2] <= h[2])
}

// Serves reports whether the endpoint answers requests for a namespace.
func (e *Endpoint) Serves(namespace string) bool {
	if namespace == e.Namespace && (namespace != "" || !e.HasNamespace) {
		return true
	}
	for _, l := range e.Legacy {
		if l == namespace {
			return true
		}
	}
	return false
}

// find dispatches as oslo_messaging/rpc/dispatcher.py does: endpoints are tried
// in order, and the first compatible one that has the method wins. Otherwise
// the class of the exception is returned, with its text.
// What other says, unless empty, is the version of every endpoint.
// Nova's library (rpc/dispatcher.py) differs in private methods, which it
// serves, and in the exceptions.
func (s *Server) find(method, namespace, version, other string, old bool) (e *Endpoint, m *Method, f failure) {
	if version == "" {
		version = "1.0"
	}
	found := false
	for i := range s.Endpoints {
		e = &s.Endpoints[i]
		have := e.Version
		if other != "" {
			have = other
		}
		if !e.Serves(namespace) || !Compatible(have, version) {
			continue
		}
		found = true
		if strings.HasPrefix(method, "_") && !old {
			continue
		}
		for k := range e.Methods {
			if e.Methods[k].Name == method {
				return e, &e.Methods[k], failure{}
			}
		}
	}
	if old {
		return nil, nil, oldRefusal(found, method, version)
	}
	const module = "oslo_messaging.rpc.dispatcher"
	if found {
		return nil, nil, failure{Class: "NoSuchMethod", Module: module, Text: "Endpoint does not support RPC method " + method}
	}
	return nil, nil, failure{
		Class: "UnsupportedVersion", Module: module,
		Text: "Endpoint does not support RPC version " + version + ". Attempted method: " + method,
	}
}

// oldRefusal is what Nova's dispatcher raises when no endpoint serves a request.
func oldRefusal(found bool, method, version string) failure {
	if found {
		return failure{Class: "AttributeError", Module: "builtins", Text: "No such RPC function '" + method + "'"}
	}
	return failure{
		Class: "UnsupportedRpcVersion", Module: "nova.openstack.common.rpc.common",
		Text: "Specified RPC version, " + version + ", not supported by this endpoint.",
	}
}

// Refuses says why Python refuses the arguments of a call, or "".
func (e *Endpoint) Refuses(m *Method, args *Value) string {
	if m.AnyParams {
		return ""
	}
	name := e.Class + "." + m.Name + "()"
	for _, k := range args.Keys {
		if !contains(m.Params, k) {
			return name + " got an unexpected keyword argument '" + k + "'"
		}
	}
	var missing []string
	for _, p := range m.Params {
		if _, ok := args.Get(p); !ok {
			missing = append(missing, "'"+p+"'")
		}
	}
	switch n := len(missing); n {
	case 0:
		return ""
	case 1:
		return name + " missing 1 required positional argument: " + missing[0]
	case 2:
		return name + " missing 2 required positional arguments: " + missing[0] + " and " + missing[1]
	default:
		return name + " missing " + itoa(n) + " required positional arguments: " + strings.Join(missing[:n-1], ", ") + ", and " + missing[n-1]
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
