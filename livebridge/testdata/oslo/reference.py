"""The reference program: a server with two endpoints, and its client.

    reference.py --url rabbit://guest:guest@127.0.0.1:5672/vhost [--as-printed] [--calls N]

The server listens at topic test, server server1; its TestEndpoint.test returns
its argument, its ServerControlEndpoint.stop stops the server. The client calls
test N times (default 2) and casts control.stop. With --as-printed the endpoint
declares no version, as in tutorials, and every call fails with
UnsupportedVersion.
"""

import argparse
import threading

import oslo_messaging

from common import Child, call_myself, leave, say, transport, until_input_ends


class ServerControlEndpoint:
    target = oslo_messaging.Target(namespace="control", version="2.0")

    def __init__(self, stopping):
        self.stopping = stopping

    def stop(self, ctx):
        say(did="served", who="server1", method="stop")
        self.stopping.set()


class TestEndpoint:
    def test(self, ctx, arg):
        say(did="served", who="server1", method="test")
        return arg


class VersionedTestEndpoint(TestEndpoint):
    target = oslo_messaging.Target(version="2.0")


def serve(args):
    call_myself("reference-server")
    stopping = threading.Event()
    endpoint = TestEndpoint() if args.as_printed else VersionedTestEndpoint()
    rpc = transport(oslo_messaging, args.url)
    server = oslo_messaging.get_rpc_server(
        rpc, oslo_messaging.Target(topic="test", server="server1"),
        [ServerControlEndpoint(stopping), endpoint], executor="threading",
        access_policy=oslo_messaging.DefaultRPCAccessPolicy)
    server.start()
    say(did="ready", who="server1")
    # Whoever started it may end without having cast control.stop.
    threading.Thread(target=lambda: (until_input_ends(), stopping.set()), daemon=True).start()
    stopping.wait()
    server.stop()
    server.wait()
    rpc.cleanup()


def call(args):
    call_myself("reference-client")
    rpc = transport(oslo_messaging, args.url)
    client = oslo_messaging.get_rpc_client(rpc, oslo_messaging.Target(topic="test", version="2.0"))
    for i in range(args.calls):
        try:
            value = client.call({"request": i}, "test", arg="value %d" % i)
            say(did="call", who="client", method="test", outcome="ok", match=value == "value %d" % i)
        except oslo_messaging.RemoteError as e:
            say(did="call", who="client", method="test", outcome="error", failure=e.exc_type)
    client.prepare(namespace="control", version="2.0").cast({}, "stop")
    say(did="cast", who="client", method="stop", outcome="ok")
    return rpc


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--calls", type=int, default=2)
    parser.add_argument("--as-printed", action="store_true")
    parser.add_argument("--serve", action="store_true", help="the server's part alone")
    args = parser.parse_args()
    if args.serve:
        return serve(args)
    server = Child("--serve", "--url", args.url, *(["--as-printed"] if args.as_printed else []))
    server.wait_ready()
    rpc = call(args)
    rpc.cleanup()
    # The cast is on its way: the server ends by it, not by the end of its input.
    if server.proc.wait(60) != 0:
        raise RuntimeError("the server failed")
    say(did="total", calls=args.calls, casts=1,
        answered_ok=0 if args.as_printed else args.calls,
        answered_error=args.calls if args.as_printed else 0)


if __name__ == "__main__":
    main()
    leave()
