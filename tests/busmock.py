# SPDX-License-Identifier: Apache-2.0
"""A bus with services on it that says just what a test wants, right or wrong.

It is what is at the other end of a client's connection: D-Bus' own messages (Hello) and those of
systemd and logind are answered by one thread per connection, without any other programme.
"""
import os
import re
import socket
import struct
import tempfile
import threading

CALL, REPLY, ERROR, SIGNAL = 1, 2, 3, 4
PATH, INTERFACE, MEMBER, ERROR_NAME, REPLY_SERIAL, DESTINATION, SENDER, SIGNATURE = range(1, 9)
FIXED = {"y": "B", "b": "I", "n": "h", "q": "H", "i": "i", "u": "I", "x": "q", "t": "Q", "d": "d"}
OK = b"OK " + b"0" * 32 + b"\r\n"


class Fault(Exception):
    """An error as a service answers it."""


def align(b, size):
    return b + b"\0" * (-len(b) % size)


def alignment(kind):
    if kind in FIXED:
        return struct.calcsize(FIXED[kind])
    return {"s": 4, "o": 4, "a": 4, "(": 8, "g": 1, "v": 1}[kind]


def one_type(types):
    """The first complete type of a signature."""
    if types[0] == "a":
        return "a" + one_type(types[1:])
    if types[0] != "(":
        return types[0]
    depth = 0
    for i, c in enumerate(types):
        depth += (c == "(") - (c == ")")
        if not depth:
            return types[:i + 1]
    raise ValueError(types)


def put(b, types, values):
    """b with values of these types behind it; alignment counts from b's beginning."""
    values = list(values)
    while types:
        kind = one_type(types)
        types = types[len(kind):]
        b = put_one(b, kind, values.pop(0))
    return b


def put_one(b, kind, value):
    b = align(b, alignment(kind[0]))
    if kind in FIXED:
        return b + struct.pack("<" + FIXED[kind], value)
    if kind in "so":
        text = value.encode(errors="surrogateescape")
        return b + struct.pack("<I", len(text)) + text + b"\0"
    if kind == "g":
        return b + bytes([len(value)]) + value.encode() + b"\0"
    if kind == "v":
        return put_one(put_one(b, "g", value[0]), value[0], value[1])
    if kind[0] == "(":
        return put(b, kind[1:-1], value)
    begin = align(b + b"\0" * 4, alignment(kind[1]))
    whole = bytearray(begin)
    for each in value:
        # The last eight bytes are enough to go on from, as nothing is aligned to more.
        base = len(whole) // 8 * 8
        whole[base:] = put_one(bytes(whole[base:]), kind[1:], each)
    struct.pack_into("<I", whole, len(align(b, 4)), len(whole) - len(begin))
    return bytes(whole)


def get_text(b, at):
    size, = struct.unpack_from("<I", b, at)
    return b[at + 4:at + 4 + size].decode(), at + 4 + size + 1


def parse(b):
    """A message as (type, serial, header fields, arguments that are texts)."""
    kind, body_size, serial, size = struct.unpack_from("<xBxxIII", b)
    at, fields = 16, {}
    while at < 16 + size:
        at += -at % 8
        code, signature = b[at], b[at + 2:at + 3].decode()
        at += 4
        if signature in "so":
            fields[code], at = get_text(b, at + -at % 4)
        elif signature == "g":
            fields[code] = b[at + 1:at + 1 + b[at]].decode()
            at += b[at] + 2
        else:
            at += -at % 4 + 4
    body, at, args = b[len(b) - body_size:], 0, []
    for _ in re.fullmatch("s*", fields.get(SIGNATURE, "")).group(0):
        text, at = get_text(body, at + -at % 4)
        args.append(text)
    return kind, serial, fields, args


def message(kind, fields, types="", values=(), serial=1):
    body = put(b"", types, values)
    if types:
        fields = {**fields, SIGNATURE: types}
    variants = {PATH: "o", REPLY_SERIAL: "u", SIGNATURE: "g"}
    rows = [(code, (variants.get(code, "s"), value)) for code, value in fields.items()]
    head = struct.pack("<cBBBII", b"l", kind, 0, 1, len(body), serial)
    return align(put(head, "a(yv)", [rows]), 8) + body


class Bus:
    """Listens at .path (.address for clients) and answers by .answer(path, interface, method, args).

    answer() returns (types, values) or raises Fault(name, text). Whoever wants something else puts
    another method in its place: send() has what goes out, serve() all that is said.
    """

    def __init__(self, path=None):
        self.dir = tempfile.mkdtemp(prefix="nodegauge-bus-")
        self.path = path or os.path.join(self.dir, "bus")
        self.address = "unix:path=" + self.path
        self.calls = []  # (path, interface, method, args) of each but Hello
        self.n_hellos = 0
        self.connections = []
        self.n_connections = 0
        self.open()

    def open(self):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(16)
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            self.n_connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def drop(self):
        """Close all connections, as a bus does that ends."""
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()
        self.connections = []

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        os.unlink(self.path)
        self.drop()

    def restart(self):
        self.close()
        self.open()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
        os.rmdir(self.dir)

    def serve(self, connection):
        try:
            rest = self.authenticate(connection)
            while True:
                while len(rest) < 16 or len(rest) < self.size_of(rest):
                    more = connection.recv(1 << 18)
                    if not more:
                        return
                    rest += more
                size = self.size_of(rest)
                self.take(connection, rest[:size])
                rest = rest[size:]
        except OSError:
            pass

    @staticmethod
    def size_of(b):
        body, _, fields = struct.unpack_from("<III", b, 4)
        return 16 + fields + -fields % 8 + body

    @staticmethod
    def authenticate(connection):
        """Returns what came in behind BEGIN."""
        got = b""
        while True:
            line, more, rest = got.partition(b"\r\n")
            if not more:
                part = connection.recv(4096)
                if not part:
                    raise OSError
                got += part
                continue
            got = rest
            if line == b"BEGIN":
                return got
            if line.lstrip(b"\0").startswith(b"AUTH"):
                connection.sendall(b"DATA\r\n" if line.endswith(b"EXTERNAL") else OK)
            else:
                connection.sendall(OK if line.startswith(b"DATA") else b"ERROR\r\n")

    def take(self, connection, raw):
        kind, serial, fields, args = parse(raw)
        if kind != CALL:
            return
        call = (fields.get(PATH), fields.get(INTERFACE), fields.get(MEMBER), args)
        back = {REPLY_SERIAL: serial, SENDER: fields.get(DESTINATION, "org.freedesktop.DBus")}
        if call[2] == "Hello":
            self.n_hellos += 1
            reply = message(REPLY, back, "s", [":1.1"])
        else:
            self.calls.append(call)
            try:
                reply = message(REPLY, back, *self.answer(*call))
            except Fault as e:
                reply = message(ERROR, {**back, ERROR_NAME: e.args[0]}, "s", [e.args[1]])
        self.send(connection, call, reply)

    def send(self, connection, call, reply):
        connection.sendall(reply)

    def answer(self, path, interface, method, args):
        raise Fault("org.freedesktop.DBus.Error.UnknownMethod", "there is no " + method)


MANAGER = "/org/freedesktop/systemd1"


def unit_path(name):
    return MANAGER + "/unit/" + "".join(
        c if c.isalnum() and c.isascii() and not (i == 0 and c.isdigit()) else "_%02x" % ord(c)
        for i, c in enumerate(name))


class Systemd(Bus):
    """systemd: .manager has the manager's properties, add() a unit with properties of its own."""

    def __init__(self, **more):
        self.manager = {"Version": ("s", "252.39-1~deb12u2"), "Virtualization": ("s", "kvm"),
                        "SystemState": ("s", "running")}
        self.units, self.properties = [], {}
        super().__init__(**more)

    def add(self, name, active="active", load="loaded", **properties):
        """properties: NRestarts=("u", 3), those of systemd1.Unit among them."""
        self.units.append((name, "What it is for", load, active, "sub", "", unit_path(name), 0, "",
                           "/"))
        self.properties[unit_path(name)] = (name.rpartition(".")[2].capitalize(), properties)

    def answer(self, path, interface, method, args):
        if (path, method) == (MANAGER, "ListUnits"):
            return "a(ssssssouso)", [self.units]
        if method != "Get":
            return super().answer(path, interface, method, args)
        if path == MANAGER:
            owner, known = "Manager", self.manager
        elif path in self.properties:
            owner, known = self.properties[path]
        else:
            raise Fault("org.freedesktop.DBus.Error.UnknownObject", "Unknown object '%s'." % path)
        asked, name = args
        if name not in known or asked.rpartition(".")[2] not in (owner, "Unit"):
            raise Fault("org.freedesktop.DBus.Error.UnknownProperty", "Unknown property " + name)
        return "v", [known[name]]


class Logind(Bus):
    """logind: .seats are names, add() a session."""

    def __init__(self, **more):
        self.seats, self.sessions, self.properties = [], [], {}
        super().__init__(**more)

    def add(self, name, seat="", remote=False, type="tty", **more):
        path = "/org/freedesktop/login1/session/" + name
        self.sessions.append((name, 1000, "user", seat, path))
        self.properties[path] = {"Remote": ("b", remote), "Type": ("s", type),
                                 "Class": ("s", more.get("class_", "user"))}

    def answer(self, path, interface, method, args):
        if method == "ListSeats":
            return "a(so)", [[(s, "/org/freedesktop/login1/seat/" + s) for s in self.seats]]
        if method == "ListSessions":
            return "a(susso)", [self.sessions]
        if method == "Get" and path in self.properties:
            return "v", [self.properties[path][args[1]]]
        return super().answer(path, interface, method, args)
