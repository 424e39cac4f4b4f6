# SPDX-License-Identifier: Apache-2.0
"""What the tests of the running daemon share: start it, scrape it, look at its processes."""
import concurrent.futures
import fcntl
import http.client
import os
import random
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time

ports_taken = []  # a descriptor for each


def free_port(address="127.0.0.1"):
    """A port that nobody else has, or gets by chance, or by this function, while this process lives."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as f:
        low, high = map(int, f.read().split())
    # Whoever connects gets one of the others.
    ports = [p for p in range(10000, 65536) if not low <= p <= high] or range(10000, 65536)
    while True:
        port = random.choice(ports)
        claim = socket.socket(socket.AF_UNIX)
        with socket.socket() as s:
            try:
                # Known to all in this network namespace, and freed by the kernel.
                claim.bind("\0nodegauge-tests-port-%d" % port)
                s.bind((address, port))
            except OSError:
                claim.close()
                continue
        # Out of the way of those that count descriptors, or hand them to shells, which know ten.
        ports_taken.append(fcntl.fcntl(claim, fcntl.F_DUPFD_CLOEXEC, 100))
        claim.close()
        return port


class Stalls(threading.Thread):
    """Looks for times at which this machine let nobody run, not even who does nothing but look."""
    STEP = 0.02

    def __init__(self):
        super().__init__(daemon=True)
        self.found, self.last = {}, time.monotonic()  # where they ended, by where they began
        self.start()

    def run(self):
        while True:
            time.sleep(self.STEP)
            now = time.monotonic()
            if now - self.last > 3 * self.STEP:
                self.found[self.last] = now
            self.last = now

    def between(self, began, ended):
        """Seconds of it."""
        last = self.last
        gaps = dict(self.found)
        if ended - last > 3 * self.STEP:  # it has not been run since
            gaps[last] = ended
        return sum(max(0.0, min(ended, b) - max(began, a + self.STEP)) for a, b in gaps.items())


stalls = Stalls()
os.register_at_fork(after_in_child=lambda: globals().update(stalls=Stalls()))  # threads stay behind


def elapsed(began):
    """Seconds since then, without those for which the machine stood still: what limits are for."""
    now = time.monotonic()
    return now - began - stalls.between(began, now)


SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


class Exposition:
    """A parsed text exposition; a line that is none is an error. It took so many seconds while the
    machine went on; lasted says how many by the clock."""

    def __init__(self, status, body, seconds, lasted=None):
        self.status, self.body, self.seconds = status, body, seconds
        self.lasted = seconds if lasted is None else lasted
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

    def wait_ready(self, seconds=30):
        """Itself, once it answers; it is stopped where that does not happen."""
        try:
            self._wait_ready(seconds)
        except BaseException:
            self.stop()
            raise
        return self

    def _wait_ready(self, seconds):
        began = time.monotonic()
        while elapsed(began) < seconds:
            assert self.process.poll() is None, "ended at once:\n" + self.log_text()
            try:
                if self.get("/-/ready", timeout=5)[0] == 200:
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
        lasted = time.monotonic() - began
        return Exposition(status, body, elapsed(began), lasted)

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

    def unread(self):
        """How many connections of the server have been closed by their clients, and not yet by itself."""
        found = 0
        for family in "tcp", "tcp6":
            if os.path.exists("/proc/net/" + family):
                with open("/proc/net/" + family) as f:
                    found += sum(line.split()[1].endswith(":%04X" % self.port) and line.split()[3] == "08"
                                 for line in f)
        return found

    @staticmethod
    def descriptors(pid):
        """How many a process has; 0 where it has ended."""
        try:
            return len(os.listdir("/proc/%d/fd" % pid))
        except (FileNotFoundError, ProcessLookupError):
            return 0

    def figures(self):
        """How many processes and descriptors it has, and its memory in KiB."""
        wait_until(lambda: not self.unread(), 20, "closed connections")
        pids = [self.pid] + self.children()
        figures = {"processes": len(pids), "descriptors": sum(self.descriptors(pid) for pid in pids),
                   "Pss": 0, "Private_Dirty": 0}
        for pid in pids:
            try:
                with open("/proc/%d/smaps_rollup" % pid) as f:
                    text = f.read()
            except (FileNotFoundError, ProcessLookupError):
                text = ""  # it has ended meanwhile
            for line in text.splitlines():
                name, _, rest = line.partition(":")
                if name in figures:
                    figures[name] += int(rest.split()[0])
        return figures

    def stop(self, seconds=20):
        """SIGTERM; how long it took to end."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
        took = elapsed(began)
        if not self.log.closed:
            self.log.close()
            os.unlink(self.log_path)
        return took


def cpu_ticks(pid):
    """CPU time of a process; 0 where it has ended."""
    try:
        with open("/proc/%d/stat" % pid) as f:
            fields = f.read().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(fields[11]) + int(fields[12])


def wait_busy(look, seconds=20):
    """Until one of these processes, which look() returns anew each time, uses CPU time; its pid."""
    before = {}

    def busy():
        for pid in look():
            if cpu_ticks(pid) > before.setdefault(pid, cpu_ticks(pid)):
                return pid
        return None
    return wait_until(busy, seconds, "a process that is busy", step=0.005)


def answer_on(s):
    """All that comes on a connection until the other side closes it."""
    got = b""
    while True:
        part = s.recv(1 << 16)
        if not part:
            return got
        got += part


def wait_until(condition, seconds, what, step=0.05):
    """What the condition has once it is true; seconds are those in which the machine goes on."""
    began = time.monotonic()
    while True:
        is_late = elapsed(began) >= seconds
        r = condition()
        if r:
            return r
        if is_late:
            raise AssertionError("not within %g s: %s" % (seconds, what))
        time.sleep(step)


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
