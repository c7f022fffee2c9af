package rpc

// Profile is which RPC library a scenario's processes use.
type Profile uint8

// The profiles.
const (
	// Modern is oslo.messaging with its RabbitMQ driver.
	Modern Profile = iota
	// Classic is the library of Nova 2012 to early 2013: a reply exchange and queue for each call.
	Classic
	// ClassicSingle is the same with amqp_rpc_single_reply_queue: one reply queue for each process.
	ClassicSingle
)

// Profiles are the names of the profiles in documents, by [Profile].
var Profiles = [...]string{Modern: "modern", Classic: "classic", ClassicSingle: "classic-single"}

// Old reports whether it is one of the two of Nova's own library.
func (p Profile) Old() bool { return p != Modern }

// pause is how long to wait before a connection is opened, after n attempts
// have failed. fresh is one that never was up.
//
// Nova's library tries at once when it loses a connection, then after the
// interval, growing by the back-off (rpc/impl_kombu.py, Connection.reconnect).
// oslo.messaging sleeps its reconnect delay first, and on top of each interval
// (_drivers/impl_rabbit.py, Connection.ensure). Its intervals end with the last
// step that is not above the first one and the maximum together: 31 s by
// default, and 5 s for steps of 4 s with a maximum of 6 (kombu/utils/functional.py, retry_over_time).
func (o *Options) pause(n int32, fresh bool) (d int64) {
	switch steps := int64(n - 1); {
	case n <= 0:
	case o.Profile.Old():
		d = min(o.RetryInterval+steps*o.RetryBackoff, o.RetryMax)
	case o.RetryBackoff > 0:
		d = o.RetryInterval + min(steps, o.RetryMax/o.RetryBackoff)*o.RetryBackoff
	default:
		d = o.RetryInterval
	}
	if !fresh && !o.Profile.Old() {
		d += o.ReconnectDelay
	}
	return d
}

// exhausted reports whether a process gives up connecting after n failures in
// a row, and with that itself: Nova's library exits then.
func (o *Options) exhausted(n int32) bool {
	return o.Profile.Old() && o.MaxRetries > 0 && int(n) >= o.MaxRetries
}
