// Package assets holds the files that every part of rpcscope carries along:
// built-in scenarios and the schemas of documents.
package assets

import (
	"embed"
	"slices"
	"strings"
)

//go:embed scenarios/*.json
var scenarios embed.FS

//go:embed schemas/*.json
var schemas embed.FS

// Info is what a picker shows of a built-in scenario.
type Info struct {
	// Name is the file's name without extension, in kebab case; Title what a person sees.
	Name, Title string
	// Group is the heading under which it is listed, one of [Groups].
	Group string
}

// groups are the headings of the list of scenarios, in the order to show them.
var groups = []string{"basics", "openstack", "transports", "faults"}

// order is how the built-in scenarios are listed within their groups: from the simple to the rich.
// Those not named here follow by name.
var order = []string{
	"one-call", "reference", "reference-as-printed", "call", "cast", "fanout", "notify", "two-servers",
	"nova-boot", "nova-terminate", "heat-stack", "openstack-map", "rpc-across-components", "wsgi-pipeline",
	"same-call-modern", "same-call-classic", "same-call-qpid", "same-call-zmq",
	"qpid", "zmq-direct", "zmq-proxy", "zmq-receiver",
	"timeout", "slowed-down", "dies-after-fetching", "reply-queue-lost", "slow-server", "broker-restart", "version-refused",
	"fanout-worker-missing", "notifications-pile-up", "poison-message", "queue-at-its-limit", "paused-server", "link-cut", "memory-alarm", "server-stops",
	"qpid-link-lost", "zmq-stale-record", "zmq-record-lost", "zmq-receiver-gone", "zmq-proxy-gone",
}

// Groups returns the headings of the list of scenarios, in the order to show them.
func Groups() []string { return slices.Clone(groups) }

// Scenarios lists the built-in scenarios in the order to show them. Those of a group that is none of [Groups] come last.
func Scenarios() []Info {
	var found []Info
	for _, name := range names() {
		data, _ := Scenario(name)
		found = append(found, Info{Name: name, Title: member(data, "title"), Group: member(data, "group")})
	}
	list := make([]Info, 0, len(found))
	for rank := range len(groups) + 1 {
		for _, info := range found {
			if group := slices.Index(groups, info.Group); group == rank || group < 0 && rank == len(groups) {
				list = append(list, info)
			}
		}
	}
	return list
}

// names lists the built-in scenarios as in order, then those not named there.
func names() []string {
	entries, err := scenarios.ReadDir("scenarios")
	if err != nil {
		panic(err) // embedded: it is there
	}
	var list, rest []string
	for _, e := range entries {
		rest = append(rest, strings.TrimSuffix(e.Name(), ".json"))
	}
	for _, name := range order {
		if i := slices.Index(rest, name); i >= 0 {
			list, rest = append(list, name), slices.Delete(rest, i, i+1)
		}
	}
	return append(list, rest...)
}

// member finds a text without a JSON parser: built-in documents write their own members on lines indented by two.
func member(data []byte, name string) string {
	_, rest, _ := strings.Cut(string(data), "\n  \""+name+"\": \"")
	text, _, _ := strings.Cut(rest, "\"")
	return text
}

// Scenario returns the document of a built-in scenario.
func Scenario(name string) ([]byte, bool) {
	if strings.ContainsAny(name, "/\\") {
		return nil, false
	}
	data, err := scenarios.ReadFile("scenarios/" + name + ".json")
	return data, err == nil
}

// Schema returns a published JSON Schema by name, such as "scenario".
func Schema(name string) ([]byte, bool) {
	data, err := schemas.ReadFile("schemas/" + name + ".schema.json")
	return data, err == nil
}
