# SPDX-License-Identifier: Apache-2.0
"""What the parts of tests/machine share inside the machine."""
import glob
import os
import re
import subprocess
import sys
import time
import urllib.request

from harness import Exposition, run_tests, wait_until

PACKAGES = "/share/packages/"
LATER = "/packages/"


def attempt(*command, seconds=120, text=None):
    """Its status and what it said."""
    result = subprocess.run(command, input=text, stdin=None if text else subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, errors="replace", timeout=seconds)
    return result.returncode, result.stdout


def run(*command, **more):
    """What it said; it has to succeed."""
    status, output = attempt(*command, **more)
    assert status == 0, "%s: status %d:\n%s" % (" ".join(command), status, output[-2000:])
    return output


def sh(*commands):
    """One after the other, up to one that fails."""
    return run("sh", "-ec", "\n".join(commands))


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def write(path, text, mode=None):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    if mode is not None:
        os.chmod(path, mode)


def apt(*arguments):
    """Without a network: what is asked for lies in files, what that needs is there."""
    return run("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "--no-install-recommends",
               "-o", "APT::Sandbox::User=root", *arguments, seconds=300)


def package(directory, name):
    paths = glob.glob("%s%s_*.deb" % (directory, name))
    assert len(paths) == 1, paths
    return paths[0]


def install(directory, *names):
    return apt("install", "--allow-downgrades", *(package(directory, name) for name in names))


def show(unit, *properties):
    """These properties of a unit, as a dictionary."""
    output = run("systemctl", "show", unit, "-p", ",".join(properties))
    return dict(line.split("=", 1) for line in output.splitlines() if "=" in line)


def main_pid(unit):
    return int(show(unit, "MainPID")["MainPID"])


def state(unit):
    return show(unit, "ActiveState")["ActiveState"]


def journal(unit, since=None):
    return run("journalctl", "--no-pager", "-o", "cat", "-u", unit, *(("--since", since) if since else ()))


def scrape(port=9100, query="", seconds=30):
    began = time.monotonic()
    with urllib.request.urlopen("http://127.0.0.1:%d/metrics%s" % (port, query), timeout=seconds) as r:
        return Exposition(r.status, r.read().decode(), time.monotonic() - began)


def scrape_when_up(port=9100, query="", seconds=30):
    def answer():
        try:
            return scrape(port, query)
        except OSError:
            return None

    return wait_until(answer, seconds, "an answer at port %d" % port)


def status_field(pid, name):
    return re.search(r"^%s:\s*(.*)$" % name, read("/proc/%d/status" % pid), re.M).group(1)


def main(namespace):
    """Run the tests of this part, or those that are named, in their order."""
    tests = [f for name, f in list(namespace.items()) if name.startswith("test_")]
    sys.exit(run_tests(tests, sys.argv[1:]))
