#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
The powers of ten of src/number.c: proves that they are precise enough for every double, then
prints the two tables. Given the name of a file it prints nothing and fails unless that file has
them as they should be.
"""

import functools
import sys

STRIDE = 28
POWER_MIN, POWER_MAX = -292, 324
Q_MIN, Q_MAX = -1074, 971
N_MAX = 2**55 + 2  # four times the largest significand, and the upper bound next to it


def leading_bits(p, bits):
    """The leading bits of 10^p, rounded up."""
    top, below = 5 ** max(0, p), 5 ** max(0, -p)
    shift = bits + below.bit_length() - top.bit_length()
    shift -= (top << max(0, shift)) >= (below << bits + max(0, -shift))
    return -((-top << max(0, shift)) // (below << max(0, -shift)))


@functools.cache
def bases():
    return [leading_bits(p, 192) for p in range(POWER_MIN, POWER_MAX + 1, STRIDE)]


def fives():
    return [5**j << (64 - (5**j).bit_length()) for j in range(STRIDE)]


def power_as_c(p):
    """What power_of_ten() of number.c comes to."""
    at = p - POWER_MIN
    base, five = bases()[at // STRIDE], fives()[at % STRIDE]
    words = [base >> 128, base >> 64 & 2**64 - 1, base & 2**64 - 1]
    product = (words[0] * five << 64) + words[1] * five + (words[2] * five >> 64)
    if product < 2**191:
        product <<= 1
    return (product >> 64) + 1


def floor_sum(n, m, a, b):
    """The sum of (a * i + b) // m for i from 0 to n - 1, as Euclid would."""
    total = 0
    while True:
        total += (n - 1) * n // 2 * (a // m) + n * (b // m)
        a, b = a % m, b % m
        top = a * n + b
        if top < m:
            return total
        n, b, m, a = top // m, top % m, a, m


def count_below(a, m, limit):
    """How many n of 1 to N_MAX have a * n mod m below limit, which is at most m."""
    n = N_MAX + 1
    return floor_sum(n, m, a, m) - floor_sum(n, m, a, m - limit) - (1 if limit > 0 else 0)


def floor_log10(top, below):
    k = len(str(top // below)) - 1 if top >= below else -len(str(below // top))
    while top * 10 ** max(0, -k) < below * 10 ** max(0, k):
        k -= 1
    while top * 10 ** max(0, -k - 1) >= below * 10 ** max(0, k + 1):
        k += 1
    return k


def check_scale(q, k, is_regular):
    """
    n * 2^q / 10^k, cut to a whole number and a bit for what was cut, is right for every n: no
    fraction but 0 is below 2^-68, and none is so near to 1 that the error of the power, which
    comes to less than 2^-68 here, carries it over.
    """
    a, m = 2 ** max(0, q) * 10 ** max(0, -k), 2 ** max(0, -q) * 10 ** max(0, k)
    power = power_as_c(-k)
    h = q + (-k * 217706 >> 16) + 1
    assert 1 <= h <= 4 and 0 < power * m - a * 2 ** (128 - h) <= m, (q, k)

    near_zero, near_one = -(-m >> 68), m - (m >> 68)
    if is_regular:
        assert count_below(a, m, near_zero) == count_below(a, m, 1), (q, k)
        assert count_below(a, m, near_one) == N_MAX, (q, k)
        return
    for n in 2**54 - 1, 2**54, 2**54 + 2:
        rest = n * a % m
        assert rest == 0 or near_zero <= rest < near_one, (q, k)


def prove():
    for q in range(Q_MIN, Q_MAX + 1):
        a, m = 2 ** max(0, q), 2 ** max(0, -q)
        k = floor_log10(a, m)
        assert q * 315653 >> 20 == k, q
        check_scale(q, k, True)
        k = floor_log10(3 * a, 4 * m)
        assert q * 315653 - 131008 >> 20 == k, q
        check_scale(q, k, False)


def tables():
    yield "static const uint64_t bases[][3] = {"
    for base in bases():
        words = (f"0x{base >> s & 2**64 - 1:016x}" for s in (128, 64, 0))
        yield "\t{ " + ", ".join(words) + " },"
    yield "};"
    yield "static const uint64_t fives[] = {"
    row = fives()
    for i in range(0, len(row), 4):
        yield "\t" + ", ".join(f"0x{five:016x}" for five in row[i : i + 4]) + ","
    yield "};"


def main():
    prove()
    if len(sys.argv) < 2:
        print("\n".join(tables()))
        return
    with open(sys.argv[1], encoding="utf-8") as source:
        text = " ".join(source.read().split())
    if " ".join("\n".join(tables()).split()) not in text:
        sys.exit(f"{sys.argv[1]}: the tables are not those of {sys.argv[0]}")


if __name__ == "__main__":
    main()
