#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Prints what number_format() has to write, for test_number: lines of the 16 hexadecimal digits of a
double and of its text. The digits are those of Python's repr(), which are the shortest and, of
several, the nearest; every run prints the same.
"""

import math
import random
import struct
import sys

SEED = 20240229


def from_bits(bits):
    return struct.unpack(">d", struct.pack(">Q", bits))[0]


def to_bits(value):
    return struct.unpack(">Q", struct.pack(">d", value))[0]


def text_of(value):
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, power = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # The value is 0.DIGITS * 10^point.
    point = len(digits) - len(fraction) + int(power or 0)
    digits = digits.rstrip("0")
    exponent = point - 1
    if exponent < -4 or exponent >= 6:
        tail = "." + digits[1:] if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{tail}e{exponent:+03d}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if len(digits) <= point:
        return sign + digits.ljust(point, "0")
    return f"{sign}{digits[:point]}.{digits[point:]}"


def with_neighbours(value, reach=2):
    bits = to_bits(value)
    for near in range(max(0, bits - reach), bits + reach + 1):
        if math.isfinite(from_bits(near)):
            yield from_bits(near)


def powers():
    for exponent in range(-1074, 1024):
        yield from with_neighbours(math.ldexp(1.0, exponent))
    for exponent in range(-324, 309):
        for digit in range(1, 10):
            yield from with_neighbours(float(f"{digit}e{exponent}"), 1)


def integers(rng):
    yield from map(float, range(2000))
    for power in range(2, 23):
        for near in range(-20, 21):
            yield float(10**power + near)
    for power in range(10, 65):
        for near in range(-5, 6):
            yield float(2**power + near)
    for _ in range(15000):
        yield float(rng.getrandbits(rng.randint(1, 64)))
    for _ in range(3000):
        yield float(rng.randint(1, 9999) * 10 ** rng.randint(0, 18))


def decimals(rng):
    for divisor in 10, 100, 1000, 1024, 4096, 10**6, 10**9:
        for n in range(1, 1500):
            yield n / divisor
        for _ in range(2500):
            yield rng.getrandbits(rng.randint(8, 60)) / divisor
    for _ in range(5000):
        digits = rng.randint(1, 17)
        yield float(f"{rng.randrange(1, 10**digits)}e{rng.randint(-30, 12)}")
    for _ in range(5000):
        yield rng.random() * 10 ** rng.randint(-6, 8)


def bit_patterns(rng):
    yield from map(from_bits, range(1, 1000))
    for _ in range(5000):
        yield from_bits(rng.getrandbits(rng.randint(1, 52)))
    for _ in range(30000):
        value = from_bits(rng.getrandbits(63))
        if math.isfinite(value):
            yield value
    for exponent in range(2047):
        for significand in 0, 1, 2**52 - 2, 2**52 - 1, rng.getrandbits(52):
            yield from_bits(exponent << 52 | significand)


def values():
    rng = random.Random(SEED)
    yield from (0.0, -0.0, math.inf, -math.inf, math.nan, sys.float_info.max, sys.float_info.min)
    for group in powers(), integers(rng), decimals(rng), bit_patterns(rng):
        for value in group:
            yield -value if rng.random() < 0.1 else value


def main():
    lines = (f"{to_bits(value):016x} {text_of(value)}" for value in values())
    print("\n".join(dict.fromkeys(lines)))


if __name__ == "__main__":
    main()
