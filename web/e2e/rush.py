"""A rush of calls on raw AMQP, in the wire form of oslo.messaging: faster than the library, and of many short lives.

    rush.py --url amqp://guest:guest@127.0.0.1:5672/vhost [--queues 30] [--short 20] [--calls 1500] [--rate 400]

One server consumes all queues and answers. First come short-lived clients, a
connection each, that call once and go; then one client that calls at a rate.
Prints one JSON line when done. For Debian's python3-amqp.
"""

import argparse
import json
import os
import sys
import time
import uuid
from urllib.parse import unquote, urlparse

import amqp

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--url", required=True)
for name, default in (("queues", 30), ("short", 20), ("calls", 1500), ("rate", 400)):
    parser.add_argument("--" + name, type=int, default=default)
args = parser.parse_args()
url = urlparse(args.url)


def connect(name):
    c = amqp.Connection(host="%s:%d" % (url.hostname, url.port), userid=url.username, password=url.password,
                        virtual_host=unquote(url.path[1:]), client_properties={"connection_name": name})
    c.connect()
    return c


def pack(body):
    body["_unique_id"] = uuid.uuid4().hex
    return json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(body)})


class Server:
    def __init__(self):
        self.conn = connect("rush-server:%d:%s" % (os.getpid(), uuid.uuid4()))
        self.channel = self.conn.channel()
        self.channel.exchange_declare("openstack", "topic", durable=False, auto_delete=False)
        for i in range(args.queues):
            self.channel.queue_declare("rush%d" % i, auto_delete=False)
            self.channel.queue_bind("rush%d" % i, "openstack", "rush%d" % i)
            self.channel.basic_consume("rush%d" % i, callback=self.serve)

    def serve(self, message):
        request = json.loads(json.loads(message.body)["oslo.message"])
        self.channel.basic_ack(message.delivery_tag)
        reply = {"result": None, "failure": None, "ending": True, "_msg_id": request["_msg_id"]}
        self.channel.basic_publish(amqp.Message(pack(reply), content_type="application/json"), "", request["_reply_q"])


class Client:
    def __init__(self, name):
        self.answers = 0
        self.conn = connect("%s:%s" % (name, uuid.uuid4()))
        self.channel = self.conn.channel()
        self.queue = "reply_" + uuid.uuid4().hex
        self.channel.queue_declare(self.queue, auto_delete=False, arguments={"x-expires": 60000})
        self.channel.basic_consume(self.queue, callback=self.answer)

    def answer(self, message):
        self.channel.basic_ack(message.delivery_tag)
        self.answers += 1

    def call(self, i):
        request = {"method": "work", "args": {}, "version": "1.0", "_msg_id": uuid.uuid4().hex, "_reply_q": self.queue}
        self.channel.basic_publish(amqp.Message(pack(request), content_type="application/json", expiration="30000"),
                                   "openstack", "rush%d" % (i % args.queues))


def drain(*conns):
    for conn in conns:
        try:
            conn.drain_events(timeout=0.001)
        except OSError:
            pass


def answered(client, n):
    deadline = time.monotonic() + 60
    while client.answers < n:
        if time.monotonic() > deadline:
            sys.exit("%d of %d answers" % (client.answers, n))
        drain(server.conn, client.conn)


server = Server()
for i in range(args.short):
    c = Client("short-lived:%d" % (100000 + i))
    c.call(i)
    answered(c, 1)
    c.conn.close()
hot = Client("rush-client:%d" % os.getpid())
began = time.monotonic()
for i in range(args.calls):
    hot.call(i)
    while time.monotonic() < began + i / args.rate:
        drain(server.conn, hot.conn)
answered(hot, args.calls)
print(json.dumps({"did": "total", "calls": args.short + args.calls}), flush=True)
# It goes when whoever started it has looked at the map.
for _ in sys.stdin:
    pass
hot.conn.close()
server.conn.close()
