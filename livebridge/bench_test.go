package livebridge

import (
	"fmt"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// A bridge must not be the limit: the broker traces 3,000 to 8,000 messages a
// second at most. One operation is one record – the four of a call in turn,
// ids fresh – on its way from the tap to a frame for one viewer.
func BenchmarkRecordToFrame(b *testing.B) {
	bridge, err := New(Config{AMQP: "amqp://h/"})
	if err != nil {
		b.Fatal(err)
	}
	s := newLiveSource(bridge.set)
	now := time.Unix(1_800_000_000, 0)
	out := newBroadcast(bridge, s, now)
	v := bridge.hub.join(now)
	out.turn(now)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		s.feed.push(callRecord(now.UnixNano()+int64(i), i))
		if i%200 == 199 || i == b.N-1 {
			out.turn(now.Add(time.Second + time.Duration(i)))
			for _, ok := v.pop(); ok; _, ok = v.pop() {
			}
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

func callRecord(t int64, i int) record {
	call := i / 4
	id := fmt.Sprintf("%032x", call)
	const reply = "reply_00000000000000000000000000000001"
	request := fmt.Sprintf(`{"oslo.version":"2.0","oslo.message":"{\"method\":\"build\",\"args\":{\"instance\":\"x\"},\"version\":\"2.0\",\"_msg_id\":\"%s\",\"_reply_q\":\"%s\",\"_timeout\":null,\"_unique_id\":\"a%031x\",\"_context_user\":\"u\"}"}`, id, reply, call)
	answer := fmt.Sprintf(`{"oslo.version":"2.0","oslo.message":"{\"result\":1,\"failure\":null,\"ending\":true,\"_msg_id\":\"%s\",\"_unique_id\":\"b%031x\"}"}`, id, call)
	r := record{t: t, source: fromFirehose, vhost: "/", header: amqp.Table{
		"vhost": "/", "node": "rabbit@x", "user": "guest", "channel": int32(1), "connection": "127.0.0.1:5 -> 127.0.0.1:5672",
		"properties": amqp.Table{"content_type": "application/json", "delivery_mode": int32(2), "expiration": "60000", "headers": amqp.Table{}},
	}}
	exchange, key, queue, body := "nova", "compute", "compute", request
	if i%4 >= 2 {
		exchange, key, queue, body = "", reply, reply, answer
	}
	r.header["exchange_name"], r.header["routing_keys"], r.body = exchange, []any{key}, []byte(body)
	if i%2 == 0 {
		r.key, r.header["routed_queues"] = "publish."+exchange, []any{queue}
	} else {
		r.key, r.header["redelivered"] = "deliver."+queue, int32(0)
	}
	return r
}
