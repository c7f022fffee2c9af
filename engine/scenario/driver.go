package scenario

import (
	"slices"
	"strings"

	"rpcscope/engine/transport"
)

// Options of the two ZeroMQ drivers that the other has not.
var (
	onlyZMQ1 = []string{"rpc_zmq_bind_address", "rpc_zmq_port", "rpc_zmq_ipc_dir", "rpc_zmq_topic_backlog", "rpc_cast_timeout", "ring", "matchmaker_heartbeat_freq", "matchmaker_heartbeat_ttl"}
	onlyZMQ2 = []string{"use_pub_sub", "use_router_proxy", "zmq_target_expire", "zmq_target_update", "rpc_zmq_min_port", "rpc_zmq_max_port"}
)

// ownerOf is the driver that an option belongs to, as profiles or schemes are called; "" when it tells nothing of itself.
func ownerOf(option string) string {
	switch {
	case slices.Contains(onlyZMQ1, option):
		return transport.ZMQ1
	case slices.Contains(onlyZMQ2, option):
		return transport.ZMQ2
	case strings.HasPrefix(option, "rabbit_"), strings.HasPrefix(option, "kombu_"):
		return "rabbit"
	case strings.HasPrefix(option, "qpid_"):
		return "qpid"
	}
	return ""
}

func ofDriver(owner string) string {
	switch owner {
	case "rabbit":
		return "for RabbitMQ"
	case "qpid":
		return "for Qpid"
	}
	return "of " + quote(owner)
}

// strangers refuses options of a transport that belong to another driver than profile's, which looks like a wrong name otherwise.
func (o *object) strangers(profile string) {
	for _, k := range o.v.Keys {
		if slices.Contains(o.known, k) || o.r.err != nil {
			continue
		}
		owner := ownerOf(k)
		switch {
		case k == "rpc_zmq_host" && transport.Family(profile) == "zmq":
			o.r.fail(join(o.path, k), "is a setting of each host", `write it in the "transport" of a process`)
		case owner != "" && owner != profile && owner != transport.Family(profile):
			o.r.fail(join(o.path, k), "is a setting "+ofDriver(owner)+", not of "+quote(profile), "remove it, or change $.profile")
		}
	}
}
