# SPDX-License-Identifier: Apache-2.0
"""Root directories with a Debian in them, as debootstrap makes it, for tests that build or install packages.

What debootstrap has made is kept as a tar file, since that takes longest, in ./packages or where
NODEGAUGE_PACKAGES says. Mounts are made in a mount namespace that ends with the test."""
import os
import re
import shutil
import subprocess
import sys

SOURCES = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DIRECTORY = os.path.abspath(os.environ.get("NODEGAUGE_PACKAGES", "packages"))
NAMESPACE = "NODEGAUGE_CHROOTS_NAMESPACE"


class Unavailable(Exception):
    """Why there are no chroots here."""


def did_not_run(why):
    print("did not run: " + why)
    sys.exit(77)


def did_run(*command, **more):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", timeout=1800, **more)


def run(*command, **more):
    result = did_run(*command, **more)
    assert result.returncode == 0, "%s: status %d:\n%s" % (" ".join(command), result.returncode, result.stdout[-3000:])
    return result.stdout


def enter_namespace():
    """Go on in a mount namespace of its own, where that can be; what is to be done first in a test."""
    if NAMESPACE not in os.environ and os.geteuid() == 0 and did_run("unshare", "-m", "true").returncode == 0:
        os.environ[NAMESPACE] = "1"
        os.execvp("unshare", ("unshare", "-m", sys.executable, *sys.argv))


def release():
    """This machine's release of Debian, by its code name."""
    with open("/etc/os-release", encoding="utf-8") as f:
        return re.search(r"VERSION_CODENAME=(\w+)", f.read()).group(1)


def base():
    """The tar file of a minimal Debian of this machine's release."""
    return "%s/%s.tar" % (DIRECTORY, release())


def make_base():
    """Have it, or raise Unavailable."""
    archive = base()
    if os.geteuid() != 0:
        raise Unavailable("chroot needs root")
    if NAMESPACE not in os.environ:
        raise Unavailable("no mount namespace is to be had")
    if os.path.exists(archive):
        return
    if not shutil.which("debootstrap"):
        raise Unavailable("no debootstrap (package debootstrap)")
    os.makedirs(DIRECTORY, exist_ok=True)
    root = archive[:-len(".tar")]
    shutil.rmtree(root, ignore_errors=True)
    result = did_run("debootstrap", "--variant=minbase", os.path.basename(root), root)
    if result.returncode != 0:
        raise Unavailable("debootstrap: " + (result.stdout.strip().splitlines() or ["(silent)"])[-1])
    run("tar", "-cf", archive + ".new", "-C", root, ".")
    os.rename(archive + ".new", archive)
    shutil.rmtree(root)


def copy_sources(target):
    """Without what was made of them, where git knows it."""
    os.makedirs(target)
    listing = subprocess.run(("git", "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"), cwd=SOURCES,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) if shutil.which("git") else None
    if listing and listing.returncode == 0 and listing.stdout:
        subprocess.run(("tar", "-C", SOURCES, "-cf", target + ".tar", "--null", "-T", "-"), input=listing.stdout, check=True)
    else:
        run("tar", "-C", SOURCES, "-cf", target + ".tar", "--exclude=./build", ".")
    run("tar", "-C", target, "-xf", target + ".tar")
    os.unlink(target + ".tar")


class Chroot:
    """A copy of the base below DIRECTORY; kept ones are there the next time."""

    def __init__(self, name, kept=False):
        self.root = os.path.join(DIRECTORY, name)
        self.kept = kept
        self.mounts = []

    def __enter__(self):
        is_new = not (self.kept and os.path.exists(self.path("/ready")))
        if is_new:
            self.unpack()
        try:
            for kind, where in (("proc", "/proc"), ("sysfs", "/sys")):
                run("mount", "-t", kind, kind, self.root + where)
                self.mounts.append(self.root + where)
            if is_new:
                self.prepare()
                self.write("/ready", "")
        except BaseException:
            self.__exit__()
            raise
        return self

    def unpack(self):
        shutil.rmtree(self.root, ignore_errors=True)
        os.makedirs(self.root)
        run("tar", "-xf", base(), "-C", self.root)
        # What is thrown away need not reach the disk.
        self.write("/etc/dpkg/dpkg.cfg.d/unsafe", "force-unsafe-io\n")
        # No service is to be started, and apt is to see what this machine's sees.
        self.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)
        shutil.rmtree(self.path("/etc/apt/apt.conf.d"))
        shutil.copytree("/etc/apt/apt.conf.d", self.path("/etc/apt/apt.conf.d"))
        for name in ("resolv.conf", "hosts"):
            shutil.copy("/etc/" + name, self.path("/etc/" + name))

    def prepare(self):
        """What a new one needs."""

    def __exit__(self, *error):
        for path in reversed(self.mounts):
            subprocess.run(("umount", path), check=True)
        if not self.kept:
            shutil.rmtree(self.root)

    def run(self, *command, directory="/", **variables):
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C", "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root"}
        return run("chroot", self.root, "env", "-C", directory, *command, env={**env, **variables})

    def apt(self, *arguments):
        return self.run("apt-get", "-q", "-y", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3",
                        "--no-install-recommends", *arguments)

    def path(self, name):
        return self.root + name

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    def write(self, name, text, mode=0o644):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), mode)
