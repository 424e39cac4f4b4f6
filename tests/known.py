# SPDX-License-Identifier: Apache-2.0
"""The names of the families that nodegauge may export."""
import os
import re

SOURCES = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def kit():
    """The kit's table of node_exporter's families, or None where there is no kit."""
    compat = os.environ.get("NODEGAUGE_COMPAT", os.path.join(SOURCES, "..", "shared", "compat"))
    path = os.path.join(compat, "families.tsv")
    return path if os.path.exists(path) else None


def known_names():
    """node_exporter's families, and those of ours."""
    names = set()
    with open(kit(), encoding="utf-8") as f:
        names.update(line.split("\t")[0] for line in f)
    for directory in ("collectors", "src"):
        for entry in os.scandir(os.path.join(SOURCES, directory)):
            if entry.name.endswith(".c"):
                with open(entry.path, encoding="utf-8") as f:
                    names.update(re.findall(r'"(nodegauge_[a-z_]+)"', f.read()))
    return names


def made_at_run_time(name):
    """Families named after fields of the kernel's files."""
    return re.match(r"node_(memory|vmstat|netstat|sockstat|hwmon)_", name)
