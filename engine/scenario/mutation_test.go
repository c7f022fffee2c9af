package scenario_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"rpcscope/engine/scenario"
)

// What only the reader can know: how parts go together, and lengths of time
// and of bytes. Everything else that it refuses, the schema must refuse too.
var beyondSchema = []string{
	"there is no process", "is the name of", "does not answer", "only speaks REST", "is before the entry above", "makes a routing key",
	"is no whole number of seconds", "needs to know how often", "but the process has servers", "more than 5000 steps", "nested too deeply",
	"server: is missing", "is no time",
	"is a setting of", "is not known to oslo.messaging", "is not known to the classic profiles",
	"belongs to no component", "answers no requests", "leads nowhere", "does not end in an application", "is not the last of its pipeline", "but the binary is", "answers GET /x",
	"needs oslo.messaging", "is no release of", "are both true", "but the queues are no quorum queues", "is another name of", "is modelled for RabbitMQ only",
	"there is no queue", "there is no method", "cannot be read",
	// who has what is asked for, and whether it can come about
	"no process serves", "is not served in the exchange", "has no server", "has the namespace", "every endpoint of", "serves version", "has the method", "does not let version",
	"required positional argument", "unexpected keyword argument", "is true, but there is a server", "neither an argument nor saved", "nobody notifies", "is true, but its topics",
	"begins or ends with a space", "or turns around what",
	"comes to nothing", "calls nobody", "never comes", "sends no requests", "serves nothing", "is sent nothing", "has neither servers nor listeners", "has no servers",
	// what stands twice or in vain
	"is in the list already", "is never reached", "is the process id of", "is answered by", "is served by the same process", "is refused by the endpoint", "is the namespace of the endpoint",
	"and the scenario ends at", "nobody has called", "no request is answered here", "means nothing to the executor", "but the transport's virtual host", "names no topic",
}

// spoilers are put in place of every value of a document in turn.
var spoilers = []string{
	`null`, `true`, `0`, `-1`, `1.5`, `2e2`, `1e300`, `9007199254740994`, `""`, `"x"`, `"250ms"`, `"99999h"`, `"a\u0000b"`, `"${x}"`, `"\ud800"`,
	`[]`, `[1]`, `[[]]`, `{}`, `{"x": 1}`, `[{"sleep": "1s", "call": "m"}]`, `{"constant": "1s", "x": 1}`,
}

// Reader and schema agree about every document that differs from a good one in one place.
func TestSchemaAndReaderAgreeAboutSpoiltDocuments(t *testing.T) {
	s := publishedSchema(t)
	seen := map[string]bool{}
	for name, doc := range map[string]string{"whole": whole, "rich": rich, "old": old} {
		var v any
		if err := json.Unmarshal([]byte(doc), &v); err != nil {
			t.Fatal(err)
		}
		spoil(v, func(kind string) {
			data, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			if text := string(data); !seen[text] {
				seen[text] = true
				agree(t, s, name+", "+kind, text)
			}
		})
	}
	if len(seen) < 3000 {
		t.Errorf("only %d documents were tried", len(seen))
	}
}

func agree(t *testing.T, s schema, name, doc string) {
	t.Helper()
	_, err := scenario.Parse([]byte(doc))
	why := s.refuses(t, doc)
	if err == nil {
		if why != "" {
			t.Errorf("%s: the reader accepts what the schema refuses: %s", name, why)
		}
		return
	}
	var e *scenario.Error
	if !errors.As(err, &e) || !strings.HasPrefix(e.Path, "$") || e.Problem == "" || e.Remedy == "" {
		t.Errorf("%s: no place or remedy: %v", name, err)
		return
	}
	time := strings.Contains(e.Problem, "out of range") && !strings.Contains(e.Remedy, "whole number")
	if why == "" && !time && !slices.ContainsFunc(beyondSchema, func(known string) bool { return strings.Contains(err.Error(), known) }) {
		t.Errorf("%s: the schema accepts what the reader refuses: %v", name, err)
	}
}

// rich has the members that the other documents lack.
const rich = `{
  "name": "rich", "title": "All kinds of steps", "description": "d", "seed": 3, "until": "1m", "profile": "modern",
  "broker": {"name": "rabbit@b", "vhost": "/v", "latency": {"normal": {"mean": "2ms", "deviation": "1ms"}},
    "handling": {"lognormal": {"median": "1ms", "sigma_milli": 300}}, "rest_latency": {"constant": "1ms"}},
  "transport": {"rpc_response_timeout": "9s", "rabbit_transient_queues_ttl": "30s", "kombu_missing_consumer_retry_timeout": "0", "kombu_reconnect_delay": "1s",
    "heartbeat_check": "15s", "heartbeat_timeout_threshold": "60s", "stop_poll": "0", "rpc_conn_pool_size": 3, "rabbit_qos_prefetch_count": 5, "rabbit_ha_queues": true,
    "amqp_durable_queues": true, "amqp_auto_delete": false, "rabbit_quorum_queue": false, "rabbit_quorum_delivery_limit": 0, "use_queue_manager": false, "release": "14.1", "allowed_remote_exmods": ["x.y"]},
  "processes": [
    {"name": "s@h", "program": "s", "host": "h", "pid": 7, "start": "1ms", "transport": {"control_exchange": "x"},
     "servers": [{"exchange": "x", "topic": "t", "server": "one", "executor": "eventlet", "executor_pool_size": 4, "endpoints": [
       {"class": "C", "namespace": "n", "legacy_namespaces": ["o"], "version": "1.3", "methods": {"m": {"params": ["a"], "steps": [
         {"parallel": [[{"sleep": "1ms"}], [{"cast": "m", "topic": "t", "server": "one", "namespace": "o", "args": {"a": 1}}]], "on_error": "continue"},
         {"raise": "E", "module": "builtins", "message": "no", "expected": true}]}, "stop": {"steps": [{"stop_servers": true}]}, "one": {"steps": [{"return_one_of": [1, "b"]}]}}}]}],
     "listeners": [{"exchange": "x", "topics": ["notifications"], "priorities": ["info"], "pool": "p", "requeue_once": true, "takes": "1ms", "executor_pool_size": 2}]},
    {"name": "c@h", "component": "nova", "door": true, "rest_only": false, "entry_point": "c = nova.cmd.c:main",
     "pipeline": [{"filter": "cors", "takes": "1ms"}, {"filter": "limits", "limit": {"requests": 2, "per": "1s"}, "status": 413}, {"filter": "auth", "requires": "user", "steps": [{"sleep": "1ms"}]}, {"app": "osapi", "takes": "1ms"}],
     "rest": [{"request": "GET /x", "on_failure": 503, "takes": "1ms", "steps": [{"return": null, "status": 204}]}], "threads": [
      {"name": "th", "start": "1s", "every": "1s", "times": 2, "steps": [
        {"call": "m", "topic": "t", "exchange": "x", "namespace": "n", "version": "1.1", "version_cap": "1.9", "args": {"a": [1]}, "context": {"user": "u"}, "server": "one", "timeout": "2s", "monitor": "2s", "save": "r", "retry": 2},
        {"fanout": "m", "topic": "t", "namespace": "n", "version": "2.0", "missing": true, "args": {"a": "${r}"}},
        {"notify": "e", "topics": ["notifications"], "exchange": "x", "priority": "warn", "publisher_id": "p", "payload": {}, "context": {}, "driver": "messaging"},
        {"rest": "GET /x", "to": "c@h", "timeout": "2s", "context": {"user": "u"}, "on_error": "raise"}, {"rest": "GET /y", "to": "c@h", "missing": true}, {"exit": "clean"}]}]}],
  "operator": [{"at": "1s", "kill": "s@h"}, {"at": "2s", "start": "s@h"}, {"at": "3s", "drop_connections": "c@h", "connections": "replies"}, {"at": "4s", "pause": "s@h"}, {"at": "4s", "continue": "s@h"},
    {"at": "5s", "slow_down": "s@h", "times": 3}, {"at": "5s", "change_version": "s@h", "version": "1.4"}, {"at": "5s", "poison": "c@h", "topic": "t", "server": "one", "exchange": "x"},
    {"at": "5s", "cut_link": "s@h"}, {"at": "6s", "delay_link": "s@h", "by": "5ms"}, {"at": "6s", "restore_link": "s@h"}, {"at": "6s", "lose_reply_queue": "c@h"},
    {"when": {"process": "s@h", "has": "fetched", "method": "m", "nth": 2, "every": true, "since": "1s"}, "after": "5ms", "kill": "s@h"}, {"when": {"process": "s@h", "has": "stopped"}, "start": "s@h"},
    {"when": {"queue": "t", "ready": 5}, "purge_queue": "t"}, {"when": {"queue": "t.one", "unacked": 5}, "delete_queue": "t"},
    {"at": "7s", "restart_broker": "1s", "how": "crash"}, {"at": "8s", "stop_broker": "shutdown"}, {"at": "9s", "start_broker": true}, {"at": "9s", "raise_alarm": "memory"}, {"at": "9s", "clear_alarm": "memory"},
    {"at": "9s", "set_policy": {"name": "p", "pattern": "^t$", "apply_to": "queues", "priority": 1, "definition": {"max-length": 3, "overflow": "reject-publish"}}}],
  "actions": [{"client": "c@h", "label": "go", "fanout": "m", "topic": "t", "namespace": "n", "args": {"a": 1}}, {"client": "c@h", "notify": "e"}]
}`

// old has what only the classic profiles know.
const old = `{
  "title": "Nova 2012", "profile": "classic-single",
  "transport": {"rabbit_max_retries": 3, "rabbit_durable_queues": true, "send_rpc_envelope": false, "declare_once": true, "rabbit_retry_interval": "1s", "rabbit_retry_backoff": "2s", "rabbit_interval_max": "30s"},
  "processes": [
    {"name": "s@h", "servers": [{"topic": "t", "endpoints": [{"methods": {"m": {"steps": [{"yield": 1}, {"yield": null, "on_error": "continue"}, {"busy": "1ms"}]}}}]}]},
    {"name": "c@h", "threads": [{"steps": [{"multicall": "m", "topic": "t", "args": {"a": 1}, "timeout": "2s", "save": "r"}, {"cleanup": true},
      {"cast": "m", "topic": "t", "server_params": {"hostname": "other", "port": 5673, "username": "guest", "password": "guest", "virtual_host": "/"}}]}]}],
  "actions": [{"client": "c@h", "label": "go", "multicall": "m", "topic": "t", "server": "h"}]
}`

// spoil changes v in one place after the other, calls then and changes it back.
func spoil(v any, then func(kind string)) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			old := v[k]
			delete(v, k)
			then("without " + k)
			v[k+"s"] = old
			then("renamed " + k)
			delete(v, k+"s")
			replace(func(x any) { v[k] = x }, k, then)
			v[k] = old
			spoil(old, then)
		}
		v["unheard_of"] = "x"
		then("unknown member")
		delete(v, "unheard_of")
	case []any:
		for i, old := range v {
			replace(func(x any) { v[i] = x }, "entry", then)
			v[i] = old
			spoil(old, then)
		}
	}
}

func replace(set func(any), what string, then func(string)) {
	for _, text := range spoilers {
		set(json.RawMessage(text))
		then(what + " is " + text)
	}
}
