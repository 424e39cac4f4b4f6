# SPDX-License-Identifier: Apache-2.0
"""The Debian packages, built from a copy of the sources, for tests that install them."""
import os
import shutil

from chroots import copy_sources, run


def buildpackage(what, directory, **more):
    """dpkg-buildpackage there; returns what it said."""
    env = {**os.environ, "DEB_BUILD_OPTIONS": "nocheck parallel=%d" % os.cpu_count(), **more.pop("env", {})}
    return run("dpkg-buildpackage", "-us", "-uc", what, cwd=directory, env=env, **more)


def build_packages(directory, what):
    """In that directory, which is emptied first; -F: with the source package, -b: without."""
    shutil.rmtree(directory, ignore_errors=True)
    copy_sources(directory + "/nodegauge")
    with open(directory + "/log", "w", encoding="utf-8") as f:
        f.write(buildpackage(what, directory + "/nodegauge"))
    shutil.rmtree(directory + "/nodegauge")
