"""A mixed load whose every count is known.

    mixed.py --url rabbit://guest:guest@127.0.0.1:5672/vhost [--servers 3] [--clients 2]
             [--calls N] [--casts N] [--fanouts N] [--failures N] [--late N] [--absent N]
             [--monitored N] [--notifications N] [--parallel N] [--seed N] [--topic load] [--abrupt]

Counts are per client. --failures calls a method that raises; --late calls one
that outlives the caller's timeout of 1 s, so that the answer comes late;
--absent calls a server that does not exist and times out after 1 s;
--monitored calls one of 3 s with a call monitor of 4 s, so that heartbeats
come. Servers, clients and one notification listener are processes of their
own. The last line, did=total, is what all of them did together.
"""

import argparse
import collections
import logging
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import oslo_messaging

from common import Child, call_myself, leave, say, transport, until_input_ends

LATE_TIMEOUT = 1
OPERATIONS = ("calls", "casts", "fanouts", "failures", "late", "absent", "monitored", "notifications")


class Endpoint:
    target = oslo_messaging.Target(version="1.0")

    def __init__(self, name):
        self.name = name

    def echo(self, ctx, arg):
        say(did="served", who=self.name, method="echo")
        return arg

    def note(self, ctx, arg):
        say(did="served", who=self.name, method="note")

    def refresh(self, ctx, arg):
        say(did="served", who=self.name, method="refresh")

    def broken(self, ctx, arg):
        say(did="served", who=self.name, method="broken")
        raise ValueError("this method always fails")

    def slow(self, ctx, arg):
        # The subject is an answer after the caller's timeout: it has to take time.
        time.sleep(LATE_TIMEOUT + 0.6)
        say(did="served", who=self.name, method="slow")
        return arg

    def long(self, ctx, arg):
        time.sleep(3)
        say(did="served", who=self.name, method="long")
        return arg


def serve(args):
    rpc = transport(oslo_messaging, args.url)
    server = oslo_messaging.get_rpc_server(
        rpc, oslo_messaging.Target(topic=args.topic, server=args.name), [Endpoint(args.name)],
        executor="threading", access_policy=oslo_messaging.DefaultRPCAccessPolicy)
    server.start()
    say(did="ready", who=args.name)
    until_input_ends()
    server.stop()
    server.wait()
    rpc.cleanup()


class NotificationEndpoint:
    def info(self, ctxt, publisher_id, event_type, payload, metadata):
        say(did="notified", who="listener", event_type=event_type)


def listen(args):
    rpc = transport(oslo_messaging, args.url, notification=True)
    listener = oslo_messaging.get_notification_listener(
        rpc, [oslo_messaging.Target(topic="notifications")], [NotificationEndpoint()], executor="threading")
    listener.start()
    say(did="ready", who="listener")
    until_input_ends()
    listener.stop()
    listener.wait()
    rpc.cleanup()


class LateAnswers(logging.Handler):
    """Counts what the library discards: the only place where a client learns of a late answer."""

    def __init__(self):
        super().__init__()
        self.seen = threading.Semaphore(0)
        logger = logging.getLogger("oslo_messaging._drivers.amqpdriver")
        logger.setLevel(logging.INFO)
        logger.propagate = False
        logger.addHandler(self)

    def emit(self, record):
        if "No calling threads waiting for msg_id" in str(record.msg):
            self.seen.release()


class Client:
    def __init__(self, args):
        self.who = args.name
        self.late = LateAnswers()
        self.rpc = transport(oslo_messaging, args.url)
        self.notify_transport = transport(oslo_messaging, args.url, notification=True)
        self.client = oslo_messaging.get_rpc_client(
            self.rpc, oslo_messaging.Target(topic=args.topic, version="1.0"), timeout=30)
        self.notifier = oslo_messaging.Notifier(
            self.notify_transport, publisher_id=self.who, driver="messagingv2", topics=["notifications"])

    def call(self, method, **prepare):
        try:
            value = self.client.prepare(**prepare).call({"request_id": "req-1", "auth_token": "hidden"}, method, arg="x")
            say(did="call", who=self.who, method=method, outcome="ok", match=value == "x")
        except oslo_messaging.MessagingTimeout:
            say(did="call", who=self.who, method=method, outcome="timeout")
        except (oslo_messaging.RemoteError, ValueError) as e:
            say(did="call", who=self.who, method=method, outcome="error", failure=getattr(e, "exc_type", type(e).__name__))

    def run(self, operation, i):
        if operation == "calls":
            self.call("echo")
        elif operation == "casts":
            self.client.cast({}, "note", arg=i)
            say(did="cast", who=self.who, method="note", outcome="ok")
        elif operation == "fanouts":
            self.client.prepare(fanout=True).cast({}, "refresh", arg=i)
            say(did="fanout", who=self.who, method="refresh", outcome="ok")
        elif operation == "failures":
            self.call("broken")
        elif operation == "late":
            self.call("slow", timeout=LATE_TIMEOUT)
        elif operation == "absent":
            self.call("echo", server="absent", timeout=1)
        elif operation == "monitored":
            self.call("long", timeout=20, call_monitor_timeout=4)
        elif operation == "notifications":
            self.notifier.info({}, "load.tick", {"i": i})
            say(did="notification", who=self.who, event_type="load.tick", outcome="ok")

    def close(self):
        self.rpc.cleanup()
        self.notify_transport.cleanup()


def send(args):
    client = Client(args)
    work = [(op, i) for op in OPERATIONS for i in range(getattr(args, op))]
    random.Random(args.seed).shuffle(work)
    say(did="ready", who=args.name)
    with ThreadPoolExecutor(args.parallel) as pool:
        for future in [pool.submit(client.run, op, i) for op, i in work]:
            future.result()
    for _ in range(args.late):
        if not client.late.seen.acquire(timeout=30):
            raise RuntimeError("a late answer never came")
    say(did="done", who=args.name)
    until_input_ends()
    client.close()


def total(args, lines):
    """The statistics that a complete observer must reach."""
    def count(**want):
        return sum(all(r.get(k) == v for k, v in want.items()) for r in lines)

    served = collections.Counter(r["method"] for r in lines if r["did"] == "served")
    calls, absent = count(did="call"), args.absent * args.clients
    ok, errors, late = count(did="call", outcome="ok"), count(did="call", outcome="error"), args.late * args.clients
    notes, casts, fanouts = count(did="notification"), count(did="cast"), count(did="fanout")
    return {
        "published": {"call": calls, "cast": casts, "fanout": fanouts, "notification": notes},
        "delivered": {"call": calls - absent, "cast": served["note"], "fanout": served["refresh"],
                      "notification": count(did="notified")},
        "replies": ok + errors + late,
        "calls": {"total": calls, "answered_ok": ok + late, "answered_error": errors,
                  "unanswered": absent, "late_replies": late},
        "timeouts": count(did="call", outcome="timeout"),
        "heartbeats_at_least": args.monitored * args.clients,
        "unrouted": absent,
        "servers": args.servers,
        "clients": args.clients,
    }


def missing(servers, listener, args):
    """How much of what was sent was not received yet: casts and fanouts are not answered."""
    def count(children, **want):
        return sum(all(r.get(k) == v for k, v in want.items()) for c in children for r in list(c.lines))

    return {
        "casts": args.casts * args.clients - count(servers, did="served", method="note"),
        "fanouts": args.fanouts * args.clients * args.servers - count(servers, did="served", method="refresh"),
        "notifications": args.notifications * args.clients - count([listener], did="notified"),
    }


def run(args):
    base = ["--url", args.url, "--topic", args.topic]
    children = [Child("--role", "serve", "--name", "server%d" % (i + 1), *base) for i in range(args.servers)]
    listener = Child("--role", "listen", "--name", "listener", *base)
    for child in [*children, listener]:
        child.wait_ready()
    counts = [word for op in OPERATIONS for word in ("--" + op, str(getattr(args, op)))]
    clients = [Child("--role", "send", "--name", "client%d" % (i + 1), "--seed", str(args.seed + i),
                     "--parallel", str(args.parallel), *counts, *base) for i in range(args.clients)]
    for child in clients:
        child.wait_done()
    deadline = time.monotonic() + 30
    while any(missing(children, listener, args).values()):
        if time.monotonic() > deadline:
            raise RuntimeError("not everything that was sent arrived: %s" % missing(children, listener, args))
        time.sleep(0.02)
    for child in [*clients, *children, listener]:
        child.end(args.abrupt)
    for child in [*clients, *children, listener]:
        child.wait_end()
    lines = [r for c in [*clients, *children, listener] for r in c.lines]
    say(did="total", **total(args, lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--topic", default="load")
    parser.add_argument("--role", choices=("run", "serve", "send", "listen"), default="run", help=argparse.SUPPRESS)
    parser.add_argument("--name", default="", help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--servers", type=int, default=3)
    parser.add_argument("--clients", type=int, default=2)
    parser.add_argument("--parallel", type=int, default=3)
    parser.add_argument("--abrupt", action="store_true", help="kill the processes at the end, which saves 5 s")
    for operation, default in zip(OPERATIONS, (10, 10, 4, 3, 1, 1, 0, 5)):
        parser.add_argument("--" + operation, type=int, default=default)
    args = parser.parse_args()
    if args.name:
        call_myself("load-" + args.name)
    {"run": run, "serve": serve, "send": send, "listen": listen}[args.role](args)


if __name__ == "__main__":
    main()
    leave()
