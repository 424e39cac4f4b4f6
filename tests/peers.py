# SPDX-License-Identifier: Apache-2.0
"""Where tests find what tests/peers has unpacked."""
import os
import sys


def peer(program):
    """The path of one of these programmes; without it the test ends here, saying why."""
    directory = os.path.abspath(os.environ.get("NODEGAUGE_PEERS", "peers"))
    path = directory + "/usr/bin/" + program
    if os.access(path, os.X_OK):
        return path
    reason = "did not run: no %s (tests/peers fetches it)" % path
    if os.path.exists(directory + "/reason"):
        with open(directory + "/reason") as f:
            reason = f.read().strip()
    print(reason)
    sys.exit(77)
