# SPDX-License-Identifier: Apache-2.0
"""Certificates for tests, made anew by openssl in a directory."""
import os
import subprocess

CA_CONFIG = """
[ca]
default_ca = any
[any]
database = index
new_certs_dir = .
serial = serial
default_md = sha256
policy = anything
unique_subject = no
copy_extensions = copy
[anything]
commonName = supplied
"""


class Authority:
    """A CA with its files NAME.crt and NAME.key, and the certificates that it signs."""

    def __init__(self, directory, name):
        self.directory, self.name = directory, name
        self.make_key(name)
        self.openssl("req", "-x509", "-key", name + ".key", "-subj", "/CN=" + name,
                     "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-days", "9", "-out", name + ".crt")

    def path(self, name):
        return os.path.join(self.directory, name)

    def openssl(self, *args):
        r = subprocess.run(["openssl", *args], cwd=self.directory, capture_output=True, text=True)
        assert r.returncode == 0, "openssl %s: %s" % (" ".join(args), r.stderr)

    def make_key(self, name, rsa=False):
        kind = ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"] if rsa else \
            ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        self.openssl("genpkey", "-algorithm", *kind, "-out", name + ".key")

    def sign(self, name, sans, rsa=False, expired=False, purpose=None, usage=None):
        """NAME.crt and NAME.key, for alternative names such as DNS:localhost."""
        extra = ["-addext", "extendedKeyUsage=" + purpose] if purpose else []
        extra += ["-addext", "keyUsage=" + usage] if usage else []
        self.make_key(name, rsa)
        self.openssl("req", "-new", "-key", name + ".key", "-subj", "/CN=" + name,
                     "-addext", "subjectAltName=" + sans, *extra, "-out", name + ".csr")
        for file, text in (("index", ""), ("config", CA_CONFIG)):
            with open(self.path(file), "w") as f:
                f.write(text)
        dates = ["20200101000000Z", "20200201000000Z"] if expired else \
            ["20200101000000Z", "20491231235959Z"]
        self.openssl("ca", "-batch", "-notext", "-config", "config", "-cert", self.name + ".crt",
                     "-keyfile", self.name + ".key", "-rand_serial", "-startdate", dates[0],
                     "-enddate", dates[1], "-in", name + ".csr", "-out", name + ".crt")
