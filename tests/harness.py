# SPDX-License-Identifier: Apache-2.0
"""What the tests of the running daemon share: start it, scrape it, look at its processes."""
import concurrent.futures
import http.client
import os
import re
import signal
import socket
import subprocess
import tempfile
import time


def free_port(address="127.0.0.1"):
    with socket.socket() as s:
        s.bind((address, 0))
        return s.getsockname()[1]


SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


class Exposition:
    """A parsed text exposition; a line that is none is an error."""

    def __init__(self, status, body, seconds):
        self.status, self.body, self.seconds = status, body, seconds
        self.samples = {}
        if status != 200:
            return
        assert body.endswith("\n"), "the body does not end with a newline: %r" % body[-80:]
        for line in body[:-1].split("\n"):
            if line.startswith("#"):
                continue
            m = SAMPLE.match(line)
            assert m, "not a sample: %r" % line[:200]
            key = (m.group(1), tuple(sorted(LABEL.findall(m.group(2) or ""))))
            assert key not in self.samples, "twice: %r" % line[:200]
            self.samples[key] = float(m.group(3))

    def value(self, name, /, **labels):
        return self.samples.get((name, tuple(sorted(labels.items()))))

    def success(self, collector):
        return self.value("node_scrape_collector_success", collector=collector)

    def failed(self):
        return sorted(dict(k[1])["collector"] for k, v in self.samples.items()
                      if k[0] == "node_scrape_collector_success" and v == 0)


class Daemon:
    """A running nodegauge on a loopback port of its own; its log goes to a file."""

    def __init__(self, binary, *args, port=None, env=None, stderr=None, prefix=(),
                 address="127.0.0.1"):
        """With an address of None, args have it."""
        self.port = port or free_port()
        self.log_path = tempfile.mktemp(prefix="nodegauge-log-")
        self.log = open(self.log_path, "w+")
        self.process = subprocess.Popen(
            [*prefix, binary, *(["--web.listen-address=%s:%d" % (address, self.port)] if address else []), *args],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=stderr or self.log,
            env={**os.environ, **(env or {})})
        self.pid = self.process.pid

    def wait_ready(self, seconds=10):
        """Itself, once it answers; it is stopped where that does not happen."""
        try:
            self._wait_ready(seconds)
        except BaseException:
            self.stop()
            raise
        return self

    def _wait_ready(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self.process.poll() is None, "ended at once:\n" + self.log_text()
            try:
                if self.get("/-/ready", timeout=1)[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise AssertionError("not ready:\n" + self.log_text())

    def log_text(self):
        try:
            with open(self.log_path) as f:
                return f.read()
        except FileNotFoundError:
            return "(stopped)"

    def get(self, path, headers=None, timeout=20, method="GET"):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            c.request(method, path, headers=headers or {})
            r = c.getresponse()
            return r.status, r.read().decode(), dict(r.getheaders())
        except http.client.HTTPException as e:
            raise OSError(str(e))
        finally:
            c.close()

    def scrape(self, query="", scrape_timeout=None, timeout=20):
        headers = {}
        if scrape_timeout is not None:
            headers["X-Prometheus-Scrape-Timeout-Seconds"] = str(scrape_timeout)
        began = time.monotonic()
        status, body, _ = self.get("/metrics" + query, headers, timeout)
        return Exposition(status, body, time.monotonic() - began)

    def children(self, name=None):
        """Pids of the keeper's children, by the name they give themselves."""
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open("/proc/%s/stat" % entry) as f:
                    text = f.read()
            except OSError:
                continue
            comm = text[text.index("(") + 1:text.rindex(")")]
            fields = text[text.rindex(")") + 2:].split()
            if int(fields[1]) == self.pid and fields[0] != "Z" and name in (None, comm):
                found.append(int(entry))
        return sorted(found)

    def figures(self):
        """How many processes and descriptors it has, and its memory in KiB."""
        # A connection that was closed here is the server's for a moment more.
        time.sleep(0.3)
        pids = [self.pid] + self.children()
        figures = {"processes": len(pids), "descriptors": 0, "Pss": 0, "Private_Dirty": 0}
        for pid in pids:
            figures["descriptors"] += len(os.listdir("/proc/%d/fd" % pid))
            with open("/proc/%d/smaps_rollup" % pid) as f:
                for line in f:
                    name, _, rest = line.partition(":")
                    if name in figures:
                        figures[name] += int(rest.split()[0])
        return figures

    def stop(self, seconds=3):
        """SIGTERM; how long it took to end."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(seconds)
        took = time.monotonic() - began
        if not self.log.closed:
            self.log.close()
            os.unlink(self.log_path)
        return took


def wait_until(condition, seconds, what):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        r = condition()
        if r:
            return r
        time.sleep(0.05)
    raise AssertionError("not within %g s: %s" % (seconds, what))


def is_gone(pid):
    """Ended, whether or not someone has reaped it."""
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rpartition(") ")[2].startswith("Z")
    except (FileNotFoundError, ProcessLookupError):
        return True


def is_port_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def run_test(test):
    """Run it and say how it went; whether it passed."""
    began = time.monotonic()
    try:
        test()
    except Exception as e:  # every kind of failure is one
        print("not ok %s: %s: %s" % (test.__name__, type(e).__name__, e), flush=True)
        return False
    print("ok %s (%.1f s)" % (test.__name__, time.monotonic() - began), flush=True)
    return True


def run_tests(tests, only=(), jobs=1):
    """Run each, so many at a time; returns the exit status."""
    wanted = [test for test in tests if not only or test.__name__ in only]
    if jobs > 1:
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            results = list(pool.map(run_test, wanted))
    else:
        results = [run_test(test) for test in wanted]
    passed, failed = results.count(True), results.count(False)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0
