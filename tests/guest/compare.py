# SPDX-License-Identifier: Apache-2.0
"""nodegauge and Debian's node_exporter 1.5.0, both running, and what they say at the same moment."""
import re

from explained import why
from guest import LATER, PACKAGES, install, package, run, wait_until
from harness import Daemon

OURS = "/usr/bin/nodegauge"
THEIRS = "/var/tmp/theirs/usr/bin/prometheus-node-exporter"
NOT_COMPARED = {"ntp", "runit", "supervisord"}
SYSTEMD = ("--collector.systemd.enable-task-metrics", "--collector.systemd.enable-restarts-metrics",
           "--collector.systemd.enable-start-time-metrics")
SYSCTL = ("--collector.sysctl.include=vm.swappiness", "--collector.sysctl.include=kernel.threads-max",
          "--collector.sysctl.include-info=kernel.core_pattern")
# Of no common measure: the scrape itself is in them, or two clocks.
MOVING = re.compile(r"process_|promhttp_|node_(scrape_collector_duration|time_seconds|cpu_|schedstat|interrupts|intr_|context_sw|"
                    r"softirq|load|memory|pressure|procs_|processes_|entropy|filefd|vmstat|netstat|sockstat|tcp_conn|timex|"
                    r"slabinfo|zoneinfo|buddyinfo|perf|systemd_unit_tasks)")
# The exporters, by "ours" and "theirs"; the collectors that both have; the other's flags.
pair = {}


def collectors(binary):
    text = run(binary, "--help")
    return set(re.findall(r"--(?:\[no-\])?collector\.([a-z_]+)\s", text)) - NOT_COMPARED


def counters(text):
    return set(re.findall(r"^# TYPE (\S+) counter$", text, re.M))


def shown(key):
    return "%s{%s}" % (key[0], ",".join('%s="%s"' % label for label in key[1]))


def unequal(key, before, value, after, is_counter):
    """Whether node_exporter's value cannot be right if nodegauge's are."""
    slack = 1e-9 * max(abs(before), abs(after))
    if before != before or value != value:
        return before == before or value == value
    if before == after:
        return abs(value - before) > slack and not MOVING.match(key[0])
    return is_counter and not min(before, after) - slack <= value <= max(before, after) + slack and not MOVING.match(key[0])


def asked(names):
    return "?" + "&".join("collect[]=" + name for name in names)


def difference(before, other, after):
    """A line for each series that only one side has, or whose value differs."""
    lines = ["missing " + shown(k) for k in sorted(other.samples) if k not in before.samples and k not in after.samples]
    lines += ["extra " + shown(k) for k in sorted(before.samples) if k in after.samples and k not in other.samples]
    counting = counters(after.body)
    for k, value in other.samples.items():
        if k in before.samples and k in after.samples and unequal(k, before.samples[k], value, after.samples[k], k[0] in counting):
            lines.append("differ %s: %r, not %r" % (shown(k), before.samples[k], value))
    return lines


def without_chips(exposition):
    """hwmon's series with their values, but for the names of chips, which are others since 1.5.0, and what changes by itself."""
    return ["%s %r" % (shown((name, [label for label in labels if label[0] != "chip"])), value)
            for (name, labels), value in exposition.samples.items() if name.startswith("node_hwmon_") and "freq_" not in name]


def fresh(names):
    """Its exposition, None where some of it was collected before it was asked."""
    found = pair["ours"].scrape(asked(names), timeout=60)
    return None if values(found, "nodegauge_collector_age_seconds") else found


def compare(*names, ignore="^$"):
    """Of these collectors; returns all that nodegauge has of them. What matches the pattern the caller explains."""
    common = [name for name in names if name in pair["common"]]
    more = pair["ours"].scrape(asked(set(names) - set(common)), timeout=60) if len(common) < len(names) else None
    if not common:
        return more
    before = wait_until(lambda: fresh(common), 60, "that no collector runs aside")
    other = pair["theirs"].scrape(asked(common), timeout=60)
    after = pair["ours"].scrape(asked(common), timeout=60)
    assert before.status == other.status == after.status == 200, (before.status, other.status, after.status)
    found = [line for line in difference(before, other, after) if not why(line) and not re.search(ignore, line)]
    with open("/share/differences", "a", encoding="utf-8") as f:
        f.write("".join("%s: %s\n" % (names[0], line) for line in found))
    found += ["chips: " + line for line in sorted(set(without_chips(before)) ^ set(without_chips(other)))]
    same = sum(1 for k in other.samples if k in before.samples)
    print("# %s: %d series, %d of node_exporter's %d" % (" ".join(names), len(after.samples), same, len(other.samples)))
    assert not found, "%d\n%s" % (len(found), "\n".join(found[:20]))
    if more:
        after.samples.update(more.samples)
    return after


def values(exposition, name, /, **labels):
    """Of the family's series with these labels among theirs, as a sorted list."""
    return sorted(value for (n, pairs), value in exposition.samples.items()
                  if n == name and all(dict(pairs).get(k) == v for k, v in labels.items()))


def expect(exposition, name, /, *wanted, **labels):
    found = values(exposition, name, **labels)
    assert found == sorted(wanted), "%s%s: %s" % (name, labels, found)


def expect_some(exposition, *names):
    for name in names:
        assert values(exposition, name), "no %s" % name


def start():
    """Install them, and have both run with all collectors."""
    install(PACKAGES, "nodegauge-bin")
    run("dpkg-deb", "-x", package(LATER, "prometheus-node-exporter"), "/var/tmp/theirs")
    all_ours, all_theirs = collectors(OURS), collectors(THEIRS)
    pair["common"] = all_ours & all_theirs
    flags = [*SYSTEMD, *SYSCTL, "--collector.netclass.ignored-devices=^$"]
    # qemu counts software events only. 1.5.0 cannot be told so.
    pair["ours"] = Daemon(OURS, "--defaults=debian", *("--collector." + c for c in sorted(all_ours)), *flags,
                          "--collector.perf.disable-hardware-profilers",
                          "--collector.perf.disable-cache-profilers").wait_ready(60)
    pair["their_flags"] = ["--collector." + c for c in sorted(all_theirs)] + flags
    start_theirs()
    print("# %d collectors here, %d there" % (len(all_ours), len(all_theirs)))


def start_theirs():
    pair["theirs"] = Daemon(THEIRS, *pair["their_flags"])
    wait_until(lambda: up(pair["theirs"]), 60, "node_exporter")


def up(exporter, collector="uname"):
    try:
        return exporter.scrape("?collect[]=" + collector, timeout=20).status == 200
    except OSError:
        return False
