# SPDX-License-Identifier: Apache-2.0
"""A browser for tests: Chromium by chromedriver, in plain WebDriver (W3C) over HTTP."""
import http.client
import json
import os
import shutil
import subprocess
import tempfile
import time

from harness import free_port

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--window-size=1280,1600"]
CONTROL, ENTER = "\ue009", "\ue007"


def chromium():
    """The browser's programme, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")


def driver():
    return shutil.which("chromedriver")


class Browser:
    def __enter__(self):
        self.home = tempfile.mkdtemp(prefix="nodegauge-browser-")
        self.port = free_port()
        self.process = subprocess.Popen([driver(), "--port=%d" % self.port],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        env={**os.environ, "HOME": self.home})
        self.session = None
        try:
            self._wait()
            options = {"binary": chromium(),
                       "args": FLAGS + ["--user-data-dir=" + self.home + "/profile"]}
            self.session = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": {
                "goog:chromeOptions": options,
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})["sessionId"]
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait(self):
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                if self.ask("GET", "/status")["ready"]:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError("chromedriver does not answer")

    def __exit__(self, *error):
        if self.session:
            self.ask("DELETE", "/session/" + self.session)
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.home, ignore_errors=True)

    def ask(self, method, path, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            c.request(method, path, json.dumps(body) if body is not None else None,
                      {"Content-Type": "application/json"})
            value = json.loads(c.getresponse().read())["value"]
        finally:
            c.close()
        if isinstance(value, dict) and "error" in value:
            raise AssertionError("%s: %s" % (value["error"], value["message"].split("\n")[0]))
        return value

    def do(self, command, **body):
        return self.ask("POST", "/session/%s/%s" % (self.session, command), body)

    def cdp(self, command, **parameters):
        return self.do("goog/cdp/execute", cmd=command, params=parameters)

    def open(self, url):
        self.do("url", url=url)

    def run(self, script):
        return self.do("execute/sync", script=script, args=[])

    def find(self, selector):
        return self.do("element", using="css selector", value=selector)[ELEMENT]

    def click(self, selector):
        self.do("element/%s/click" % self.find(selector))

    def type(self, selector, text):
        self.do("element/%s/value" % self.find(selector), text=text)

    def text(self, selector):
        return self.run("return document.querySelector(%s).innerText" % json.dumps(selector))

    def logs(self, kind):
        """What was logged since the last call."""
        return self.do("se/log", type=kind)

    def requests(self):
        """URLs that were asked for since the last call."""
        messages = [json.loads(entry["message"])["message"] for entry in self.logs("performance")]
        return [m["params"]["request"]["url"] for m in messages
                if m["method"] == "Network.requestWillBeSent"]
