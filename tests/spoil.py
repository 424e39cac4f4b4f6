# SPDX-License-Identifier: Apache-2.0
"""Files spoilt in ways that kernels, editors and full disks have not thought of yet."""
import os
import re

NUMBERS = [b"0", b"1", b"-1", b"18446744073709551615", b"18446744073709551616",
           b"9223372036854775807", b"9223372036854775808", b"-9223372036854775809", b"4294967296",
           b"1e400", b"1e3", b"1.5", b".5", b"0x1f", b"0X1F", b"010", b"0b11", b"0o17", b"1_000",
           b"+5", b"-0", b"nan", b"NaN", b"inf", b"-Inf", b"", b" 7", b"7x", b"9" * 40]
BYTES = [b"\0", b"\xff", b"\xc3", b"\n", b"\r", b"\t", b" ", b"-", b".", b":", b"0", b"9", b"A",
         b"z", b"/", b'"', b"\\", b"=", b"\x80", b"_"]
LINES = [b"\n", b" \n", b"x\n", b"x 1\n", b"x: 1\n", b"\xff\xfe 1 2 3\n", b"a b c d e f g h\n",
         b"a" * 5000 + b"\n"]


def cut(text, r):
    return text[:r.randrange(len(text) + 1)]


def cut_newline(text, _):
    return text[:-1]


def empty(_, __):
    return b""


def removed(_, __):
    return None


def doubled(text, _):
    return text + text


def crlf(text, _):
    return text.replace(b"\n", b"\r\n")


def bytes_changed(text, r):
    text = bytearray(text)
    for _ in range(r.choice((1, 1, 2, 4))):
        at = r.randrange(len(text) + 1)
        text[at:at + r.randrange(2)] = r.choice(BYTES)
    return bytes(text)


def number_replaced(text, r):
    found = list(re.finditer(rb"[0-9]+", text))
    if not found:
        return text
    m = r.choice(found)
    return text[:m.start()] + r.choice(NUMBERS) + text[m.end():]


def on_lines(change):
    """A mutation from a function that changes the list of lines, about the one at an index."""
    def spoil(text, r):
        lines = text.splitlines(keepends=True)
        if lines:
            change(lines, r.randrange(len(lines)), r)
        return b"".join(lines)
    spoil.__name__ = change.__name__
    return spoil


@on_lines
def line_doubled(lines, i, _):
    lines.insert(i, lines[i])


@on_lines
def line_removed(lines, i, _):
    del lines[i]


@on_lines
def line_added(lines, i, r):
    lines.insert(i, r.choice(LINES))


@on_lines
def lines_swapped(lines, i, r):
    j = r.randrange(len(lines))
    lines[i], lines[j] = lines[j], lines[i]


def words(line, r):
    """A line in words and, at odd places, what is between them; two of the words."""
    parts = re.split(rb"(\s+)", line)
    n = (len(parts) + 1) // 2
    return parts, 2 * r.randrange(n), 2 * r.randrange(n)


@on_lines
def words_swapped(lines, i, r):
    parts, a, b = words(lines[i], r)
    parts[a], parts[b] = parts[b], parts[a]
    lines[i] = b"".join(parts)


@on_lines
def word_removed(lines, i, r):
    parts, a, _ = words(lines[i], r)
    parts[a] = b""
    lines[i] = b"".join(parts)


# Those that find most stand here more than once.
WAYS = [cut, cut, cut_newline, empty, removed, doubled, crlf, *3 * [bytes_changed],
        *4 * [number_replaced], line_doubled, line_removed, line_added, lines_swapped,
        words_swapped, word_removed]


def spoil(text, r):
    """Another text, None where the file is to go, and in a few words what was done; r: a Random."""
    for _ in range(20):
        way = r.choice(WAYS)
        spoilt = way(text, r)
        if spoilt != text:
            break
    return spoilt, "%s: %s" % (way.__name__, difference(text, spoilt))


def difference(text, spoilt):
    """The part that is not the same, and a little of what stands around it."""
    if spoilt is None:
        return "-"
    begin = len(os.path.commonprefix([text, spoilt]))
    end = min(len(os.path.commonprefix([text[::-1], spoilt[::-1]])),
              len(text) - begin, len(spoilt) - begin)
    begin, end = max(0, begin - 20), max(0, end - 5)
    return "%.9999r -> %.9999r" % (text[begin:len(text) - end], spoilt[begin:len(spoilt) - end])
