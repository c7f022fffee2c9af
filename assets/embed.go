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
}

// order is how the built-in scenarios are listed: from the simple to the rich.
// Those not named here follow by name.
var order = []string{
	"one-call", "reference", "reference-as-printed", "call", "cast", "fanout", "notify",
	"two-servers", "slow-server", "timeout", "server-stops", "nova-boot",
	"qpid", "zmq-direct", "zmq-proxy", "zmq-receiver", "qpid-link-lost", "zmq-stale-record", "zmq-record-lost", "zmq-receiver-gone", "zmq-proxy-gone",
}

// Scenarios lists the built-in scenarios in the order to show them.
func Scenarios() []Info {
	entries, err := scenarios.ReadDir("scenarios")
	if err != nil {
		panic(err) // embedded: it is there
	}
	list := make([]Info, 0, len(entries))
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".json")
		data, _ := Scenario(name)
		list = append(list, Info{Name: name, Title: title(data)})
	}
	slices.SortStableFunc(list, func(a, b Info) int { return rank(a.Name) - rank(b.Name) })
	return list
}

func rank(name string) int {
	if i := slices.Index(order, name); i >= 0 {
		return i
	}
	return len(order)
}

// title finds the title without a JSON parser: built-in documents write it on a line of its own.
func title(data []byte) string {
	_, rest, _ := strings.Cut(string(data), `"title": "`)
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
