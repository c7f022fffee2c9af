"""What the test programs share: JSON lines, clean stopping, child processes.

For Debian's python3-oslo.messaging (14.0) under /usr/bin/python3.
"""

import atexit
import json
import logging
import os
import subprocess
import sys
import threading

# What these programs do wrong on purpose is not worth a word of the library's.
logging.basicConfig(stream=sys.stderr, level=logging.CRITICAL)

_lock = threading.Lock()
_children = []


def say(**fields):
    """Prints one JSON line; lines of several threads never mix."""
    with _lock:
        sys.stdout.write(json.dumps(fields, sort_keys=True) + "\n")
        sys.stdout.flush()


def transport(oslo_messaging, url, notification=False):
    """A transport with the defaults of the library; its metrics options exist on the global configuration only."""
    from oslo_config import cfg

    cfg.CONF([], project="rpcscope-test", default_config_files=[], default_config_dirs=[])
    make = oslo_messaging.get_notification_transport if notification else oslo_messaging.get_rpc_transport
    return make(cfg.CONF, url=url)


def call_myself(name):
    """Sets the program's name, of which oslo.messaging makes the connections' names."""
    sys.argv[0] = name


class Child:
    """A copy of this program in another role, which says "ready" and ends when its input is closed."""

    def __init__(self, *args):
        self.proc = subprocess.Popen(
            [sys.executable, os.path.abspath(sys.argv[0]), *args],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        atexit.register(self.proc.kill)
        _children.append(self.proc.kill)
        self.lines = []
        self._ready = threading.Event()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for line in self.proc.stdout:
            record = json.loads(line)
            self.lines.append(record)
            say(**record)
            if record["did"] == "ready":
                self._ready.set()
            if record["did"] == "done":
                self._done.set()
        self._ready.set()
        self._done.set()

    def wait_ready(self):
        if not self._ready.wait(60) or self.proc.poll() is not None:
            raise RuntimeError("a child did not become ready: %s" % self.proc.args)
        return self

    def wait_done(self, limit=300):
        """Waits for the child's word that its work is done; it still lives."""
        if not self._done.wait(limit) or self.proc.poll() is not None:
            raise RuntimeError("a child did not finish: %s" % self.proc.args)
        return self

    def end(self, abruptly=False):
        """Closes its input; a clean end takes the library up to 5 s, its polling period."""
        if abruptly:
            self.proc.kill()
        self.proc.stdin.close()

    def wait_end(self):
        """Waits for its end."""
        code = self.proc.wait(60)
        self._thread.join(10)
        if code not in (0, -9):
            raise RuntimeError("a child ended with %d: %s" % (code, self.proc.args))


def until_input_ends():
    """Waits for the end of the input, after which this program has 60 s to end."""
    for _ in sys.stdin:
        pass
    watchdog = threading.Timer(60, os._exit, [1])
    watchdog.daemon = True
    watchdog.start()


def leave():
    """Ends the program without the library's exit hooks, which wait 10 s for a metrics thread."""
    for hook in _children:
        hook()
    sys.stdout.flush()
    os._exit(0)
