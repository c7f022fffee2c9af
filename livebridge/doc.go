// Package livebridge watches a RabbitMQ broker and turns what it carries into
// flow events for viewers and recordings.
//
//	tap (AMQP, one connection per virtual host) ─┐
//	event exchange of "/" ───────────────────────┼→ feed (order, 100 ms hold) → normalize → hub → viewers (websocket)
//	topology (management API) ───────────────────┘                                      └→ Recorder → file
//
// The bridge is a guest of the broker. It declares exclusive auto-delete
// queues of its own and nothing else, it never consumes from, purges or
// acknowledges anything of others, it switches nothing on, and it neither logs
// nor forwards credentials.
//
// Everything in it is bounded: the tap's queue in the broker, the backlog
// between tap and normalizer, every viewer's queue. What a bound costs is
// counted and told to the viewers: captured = delivered + dropped, always.
package livebridge
