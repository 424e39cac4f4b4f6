# SPDX-License-Identifier: Apache-2.0
"""Prometheus itself, on loopback, as tests need it."""
import json
import shutil
import subprocess
import tempfile
import urllib.parse
import urllib.request

from harness import free_port, wait_until
from peers import peer

CONFIG = """
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
- job_name: node
  static_configs: [{targets: ["127.0.0.1:%d"]}]
rule_files: %s
"""


class Prometheus:
    """A server of its own with an empty database, which scrapes one exporter every second and has
    these files of rules."""

    def __init__(self, target, rules=(), flags=()):
        self.directory = tempfile.mkdtemp(prefix="nodegauge-prometheus-")
        with open(self.directory + "/prometheus.yml", "w") as f:
            f.write(CONFIG % (target, json.dumps(list(rules))))
        self.port = free_port()
        self.log_path = self.directory + "/log"
        self.log = open(self.log_path, "w")
        self.process = subprocess.Popen(
            [peer("prometheus"), "--config.file=" + self.directory + "/prometheus.yml",
             "--storage.tsdb.path=" + self.directory + "/data",
             "--web.listen-address=127.0.0.1:%d" % self.port, *flags],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if error[0]:
            print("--- the log of Prometheus ends:\n" + self.log_text()[-1500:])
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.directory)

    def log_text(self):
        with open(self.log_path) as f:
            return f.read()

    def query(self, expression, strict=False):
        """The values of an instant query, by label sets; {} as long as nobody answers, unless strict."""
        url = "http://127.0.0.1:%d/api/v1/query?%s" % (
            self.port, urllib.parse.urlencode({"query": expression}))
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                result = json.load(answer)["data"]["result"]
        except OSError:
            if strict:
                raise
            return {}
        return {tuple(sorted(r["metric"].items())): float(r["value"][1]) for r in result}

    def number(self, expression):
        """The one value of an expression that has one, else None."""
        values = list(self.query(expression).values())
        return values[0] if len(values) == 1 else None

    def wait_scrapes(self, count, seconds=20):
        wait_until(lambda: (self.number("count_over_time(up[1h])") or 0) >= count, seconds,
                   "%d scrapes" % count)

    def complaints(self):
        return [line for line in self.log_text().splitlines() if "scrape" in line and (
            "level=warn" in line or "level=error" in line)]
