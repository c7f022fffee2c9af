//go:build !js

package amqp

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// operate does what operators do, on the node.
func (n *nodeScript) operate(words []string) error {
	arg := func(i int) string { return strings.TrimPrefix(words[i], "-") }
	switch words[0] {
	case "user", "impersonator":
		tags := ""
		if words[0] == "impersonator" {
			tags = "impersonator"
		}
		return n.node.AddUser(n.t.Context(), words[1], words[1], tags)
	case "delete-user":
		return n.manage("DELETE", "users/"+words[1], "")
	case "permit":
		return n.node.Permit(n.t.Context(), n.vhost, words[1], arg(2), arg(3), arg(4))
	case "forbid":
		return n.node.Forbid(n.t.Context(), n.vhost, words[1])
	case "topic":
		return n.manage("PUT", "topic-permissions/"+n.vhost+"/"+words[1], fmt.Sprintf(`{"exchange":%q,"write":%q,"read":%q}`, words[2], arg(3), arg(4)))
	case "vhost":
		return n.node.AddVHost(n.t.Context(), words[1], false)
	case "delete-vhost":
		return n.node.DeleteVHost(n.t.Context(), words[1])
	case "delete-queue":
		return n.manage("DELETE", "queues/"+n.vhost+"/"+words[1], "")
	case "purge":
		return n.manage("DELETE", "queues/"+n.vhost+"/"+words[1]+"/contents", "")
	case "delete-exchange":
		return n.manage("DELETE", "exchanges/"+n.vhost+"/"+words[1], "")
	case "vhost-limits", "user-limits":
		for i, limit := range []string{"max-connections", map[string]string{"vhost-limits": "max-queues", "user-limits": "max-channels"}[words[0]]} {
			if err := n.manage("PUT", words[0]+"/"+words[1]+"/"+limit, `{"value":`+words[2+i]+`}`); err != nil {
				return err
			}
		}
		return nil
	case "ack-timeout":
		return n.control("eval", "application:set_env(rabbit, consumer_timeout, "+words[1]+"), application:set_env(rabbit, channel_tick_interval, 100).")
	case "alarm":
		return n.alarm(words[2] == "on")
	case "stop":
		if err := syscall.Kill(n.node.PID(), syscall.SIGTERM); err != nil {
			return err
		}
		for n.node.PID() != 0 {
			time.Sleep(10 * time.Millisecond)
		}
		return nil
	case "crash":
		n.node.Kill()
		return nil
	case "start":
		return n.node.Restart(n.t.Context())
	case "policy", "operator-policy":
		definition := map[string]any{}
		for _, w := range words[5:] {
			key, value, _ := strings.Cut(w, "=")
			if v := scriptValue(value); v.Kind == IntValue {
				definition[key] = v.Int
			} else {
				definition[key] = value
			}
		}
		body, err := json.Marshal(map[string]any{"pattern": words[2], "apply-to": words[3], "priority": scriptValue(words[4]).Int, "definition": definition})
		if err != nil {
			return err
		}
		return n.manage("PUT", policyPath(words[0])+n.vhost+"/"+words[1], string(body))
	case "clear-policy", "clear-operator-policy":
		return n.manage("DELETE", policyPath(words[0])+n.vhost+"/"+words[1], "")
	case "close":
		path := "connections/" + url.PathEscape(n.ends[words[1]].LocalAddr().String()+" -> "+n.ends[words[1]].RemoteAddr().String())
		var err error
		for range 100 { // the management plugin hears of a connection late
			if err = n.manage("DELETE", path, ""); err == nil {
				return nil
			}
			time.Sleep(100 * time.Millisecond)
		}
		return err
	}
	return fmt.Errorf("what is %q?", words)
}

func policyPath(word string) string {
	if strings.Contains(word, "operator") {
		return "operator-policies/"
	}
	return "policies/"
}

// alarm makes the node believe that it has no memory left, or has again.
func (n *nodeScript) alarm(on bool) error {
	limit := "0.4"
	if on {
		limit = "0"
	}
	return n.control("set_vm_memory_high_watermark", limit)
}

// control runs rabbitmqctl as the node's own user would.
func (n *nodeScript) control(args ...string) error {
	environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", n.node.PID()))
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(n.t.Context(), "/usr/lib/rabbitmq/bin/rabbitmqctl", args...)
	cmd.Env = strings.Split(strings.TrimRight(string(environ), "\x00"), "\x00")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("rabbitmqctl %s: %w: %s", args, err, out)
	}
	return nil
}

// manage sends a request to the node's management API.
func (n *nodeScript) manage(method, path, body string) error {
	req, err := http.NewRequestWithContext(n.t.Context(), method, n.node.ManagementURL()+"/api/"+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.SetBasicAuth("guest", "guest")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Reason", "by operator")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		text, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("%s %s: %s %s", method, path, resp.Status, text)
	}
	return nil
}
