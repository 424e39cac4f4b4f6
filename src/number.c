// SPDX-License-Identifier: Apache-2.0
/*
 * The shortest decimal of a double, by the method of R. Giulietti's "The Schubfach way to render
 * doubles": in the unit 10^k that fits once, but not ten times, into the interval of what reads
 * back as the double, only four decimals have to be looked at.
 */
#include "number.h"

#include <endian.h>
#include <float.h>
#include <string.h>

enum {
	FRACTION_BITS = 52,
	EXPONENT_MAX = 0x7ff,
	EXPONENT_BIAS = 1075, /* for a significand that is an integer */
	POWER_MIN = -292,
	POWER_STRIDE = 28,
	PLAIN_MIN = -4, /* decimal exponents written without an "e" */
	PLAIN_MAX = 5,
	DIGITS_MAX = 17,
	TEN_TO_8 = 100000000,
};

#define THOUSANDTHS_END 1e12 /* so that there are at most DBL_DIG digits */
#define FRACTION_MASK ((UINT64_C(1) << FRACTION_BITS) - 1)

/* digits * 10^exponent */
struct decimal {
	uint64_t digits;
	int exponent;
};

struct wide {
	uint64_t high;
	uint64_t low;
};

/*
 * Any 10^p is one of bases, the leading 192 bits of 10^(POWER_MIN + POWER_STRIDE * i), times one
 * of fives, the bits of 5^i. Made by tests/number_powers.py, which also shows that they suffice.
 */
static const uint64_t bases[][3] = {
	{ 0xff77b1fcbebcdc4f, 0x25e8e89c13bb0f7a, 0xdf9b302944a88415 },
	{ 0x80fa687f881c7f8e, 0x7ce66634bc9d0b99, 0xd3241e4ec4ce411f },
	{ 0x823c12795db6ce57, 0x76c53d08d6b70858, 0x188c5d5db27da265 },
	{ 0x8380dea93da4bc60, 0x4247cb9e59f71e6d, 0x78b7ab3af34a60c3 },
	{ 0x84c8d4dfd2c63f3b, 0x29ecd9f40041e073, 0x75a99f7943138e74 },
	{ 0x8613fd0145877585, 0xbd06742ce95f5f36, 0xa448fa82aaa3716b },
	{ 0x87625f056c7c4a8b, 0x11471cd764ad4972, 0xc9b2d0554978d07d },
	{ 0x88b402f7fd75539b, 0x11dbcb0218ebb414, 0x690c0db23e2755ef },
	{ 0x8a08f0f8bf0f156b, 0x1b8e9ecb641b58ff, 0xb9a6a6814f1641b2 },
	{ 0x8b61313bbabce2c6, 0x2323ac4b3b3da015, 0x3b62be7bc1a0042c },
	{ 0x8cbccc096f5088cb, 0xf93f87b7442e45d3, 0xf598fa3b657ba08e },
	{ 0x8e1bc9bf04000000, 0x0000000000000000, 0x0000000000000000 },
	{ 0x8f7e32ce7bea5c6f, 0xe4820023a2000000, 0x0000000000000000 },
	{ 0x90e40fbeea1d3a4a, 0xbc8955e946fe31cd, 0xcf66f634e1000000 },
	{ 0x924d692ca61be758, 0x593c2626705f9c56, 0x72047108d3e55593 },
	{ 0x93ba47c980e98cdf, 0xc66f336c36b10137, 0x0234f3fd7b08dd3a },
	{ 0x952ab45cfa97a0b2, 0xdd945a747bf26183, 0x986082ae22e5e131 },
	{ 0x969eb7c47859e743, 0x9f644ae5a4b1b325, 0x65f6dbae77b916d9 },
	{ 0x98165af37b2153de, 0xc3727a337a8b704a, 0x2a8bd3c63ac78360 },
	{ 0x9991a6f3d6bf1765, 0xacca6da1e0a8ef29, 0x036ee4519d59a839 },
	{ 0x9b10a4e5e9913128, 0xca7cf2b4191c8326, 0x8dd4a6e9b7d100f4 },
	{ 0x9c935e00d4b9d8d2, 0x6ed1bf9a569f33d3, 0x3519f219a687e360 },
	{ 0x9e19db92b4e31ba9, 0x6c07a2c26a8346d1, 0x4944d9f52cd0dec3 },
};
static const uint64_t fives[] = {
	0x8000000000000000, 0xa000000000000000, 0xc800000000000000, 0xfa00000000000000,
	0x9c40000000000000, 0xc350000000000000, 0xf424000000000000, 0x9896800000000000,
	0xbebc200000000000, 0xee6b280000000000, 0x9502f90000000000, 0xba43b74000000000,
	0xe8d4a51000000000, 0x9184e72a00000000, 0xb5e620f480000000, 0xe35fa931a0000000,
	0x8e1bc9bf04000000, 0xb1a2bc2ec5000000, 0xde0b6b3a76400000, 0x8ac7230489e80000,
	0xad78ebc5ac620000, 0xd8d726b7177a8000, 0x878678326eac9000, 0xa968163f0a57b400,
	0xd3c21bcecceda100, 0x84595161401484a0, 0xa56fa5b99019a5c8, 0xcecb8f27f4200f3a,
};

static struct wide multiply(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
	unsigned __int128 product = (unsigned __int128)a * b;

	return (struct wide){ (uint64_t)(product >> 64), (uint64_t)product };
#else
	uint64_t a_low = (uint32_t)a, a_high = a >> 32;
	uint64_t b_low = (uint32_t)b, b_high = b >> 32;
	uint64_t bottom = a_low * b_low;
	uint64_t cross = a_high * b_low + (bottom >> 32);
	uint64_t other = a_low * b_high + (uint32_t)cross;

	return (struct wide){ a_high * b_high + (cross >> 32) + (other >> 32),
		              other << 32 | (uint32_t)bottom };
#endif
}

/* The leading 128 bits of 10^p and, in the last place, at most one too many. */
static struct wide power_of_ten(int p)
{
	const unsigned at = (unsigned)(p - POWER_MIN);
	const uint64_t *base = bases[at / POWER_STRIDE];
	const uint64_t five = fives[at % POWER_STRIDE];
	const struct wide top = multiply(base[0], five);
	const struct wide middle = multiply(base[1], five);
	const uint64_t rest = middle.low + multiply(base[2], five).high;
	const uint64_t carry = middle.high + (rest < middle.low);
	struct wide power = { top.high, top.low + carry };

	power.high += power.low < carry;
	if (!(power.high >> 63)) {
		power.high = power.high << 1 | power.low >> 63;
		power.low = power.low << 1 | rest >> 63;
	}
	power.low++;
	power.high += power.low == 0;
	return power;
}

/*
 * n * power / 2^128, with its last bit set where anything was cut off. The error of power shows
 * in bits that no true fraction leaves as the only ones, so those are not looked at.
 */
static uint64_t scale(uint64_t n, struct wide power)
{
	const struct wide low = multiply(n, power.low);
	const struct wide high = multiply(n, power.high);
	const uint64_t fraction = high.low + low.high;

	return (high.high + (fraction < low.high)) | ((fraction | low.low >> 60) != 0);
}

/*
 * The shortest decimal that reads back as c * 2^q, and of several the nearest. Below a power of
 * two (is_edge) doubles are twice as dense. All is counted in quarters of 10^k.
 */
static struct decimal shortest(uint64_t c, int q, bool is_edge)
{
	/* floor(log10(2^q)), or that of 3/4 * 2^q; then with floor(log2(10^-k)) */
	const int k = (q * 315653 - (is_edge ? 131008 : 0)) >> 20;
	const int shift = q + ((-k * 217706) >> 16) + 1;
	const struct wide power = power_of_ten(-k);
	/* The bounds themselves read back as c only where ties to even go there. */
	const uint64_t is_odd = c & 1;
	const uint64_t value = scale(4 * c << shift, power);
	const uint64_t lower = scale((4 * c - (is_edge ? 1 : 2)) << shift, power) + is_odd;
	const uint64_t upper = scale((4 * c + 2) << shift, power) - is_odd;
	const uint64_t digits = value / 4;
	const uint64_t tens = digits / 10 * 10;
	uint64_t above;

	if (lower <= 4 * tens)
		return (struct decimal){ tens, k };
	if (4 * (tens + 10) <= upper)
		return (struct decimal){ tens + 10, k };

	if (lower > 4 * digits)
		above = 1;
	else if (4 * (digits + 1) > upper)
		above = 0;
	else
		above = value % 4 + (digits & 1) > 2;
	return (struct decimal){ digits + above, k };
}

/*
 * Seconds from clock ticks and degrees from thousandths are most of what is no whole number. When
 * n / 1000, rounded once, is value, it is also the shortest decimal: no two decimals of up to
 * DBL_DIG digits read back as the same double.
 */
static bool is_thousandths(double value, struct decimal *ret)
{
	int64_t n;

	if (FLT_EVAL_METHOD != 0 || value >= THOUSANDTHS_END)
		return false;
	n = (int64_t)(value * 1000 + 0.5);
	if ((double)n / 1000 != value)
		return false;
	*ret = (struct decimal){ (uint64_t)n, -3 };
	return true;
}

/* The digits of n, which is below 10^8, a byte each and the first one lowest. */
static uint64_t eight_digits(uint32_t n)
{
	/* Divide by 100, then by 10, in two and then four lanes at once. */
	uint64_t lanes = n / 10000 | (uint64_t)(n % 10000) << 32;
	uint64_t tops = lanes * 5243 >> 19 & UINT64_C(0x0000007f0000007f);

	lanes = tops | (lanes - tops * 100) << 16;
	tops = lanes * 103 >> 10 & UINT64_C(0x000f000f000f000f);
	return tops | (lanes - tops * 10) << 8;
}

/*
 * Write the digits of n, which is neither 0 nor above 10^17, and return their number. Bytes up to
 * the eighth may change.
 */
static unsigned put_digits(uint64_t n, char *text)
{
	const uint64_t zeros = UINT64_C(0x3030303030303030);
	uint64_t digits = eight_digits((uint32_t)(n % TEN_TO_8));
	unsigned length = 0;
	unsigned leading = 0;

	if (n >= TEN_TO_8)
		length = put_digits(n / TEN_TO_8, text);
	else
		leading = (unsigned)__builtin_ctzll(digits) / 8;
	digits = htole64((digits | zeros) >> (8 * leading));
	memcpy(text + length, &digits, sizeof(digits));
	return length + 8 - leading;
}

static unsigned put_exponent(int exponent, char *text)
{
	unsigned rest = (unsigned)abs(exponent);
	unsigned length = 0;

	text[length++] = 'e';
	text[length++] = exponent < 0 ? '-' : '+';
	if (rest >= 100)
		text[length++] = (char)('0' + rest / 100);
	text[length++] = (char)('0' + rest / 10 % 10);
	text[length++] = (char)('0' + rest % 10);
	return length;
}

/* d is not 0; where it is a whole number below 10^6 its exponent is 0. */
static unsigned put_decimal(struct decimal d, char *text)
{
	/* The digits start one further on, to make room for the point. */
	unsigned length = put_digits(d.digits, text + 1);
	const int exponent = (int)length - 1 + d.exponent;

	while (text[length] == '0')
		length--;
	if (exponent < PLAIN_MIN || exponent > PLAIN_MAX) {
		text[0] = text[1];
		text[1] = '.';
		length = length > 1 ? length + 1 : 1;
		return length + put_exponent(exponent, text + length);
	}
	if (exponent < 0) {
		memmove(text + 1 - exponent, text + 1, DIGITS_MAX);
		memcpy(text, "0.000", (size_t)(1 - exponent));
		return length + (unsigned)(1 - exponent);
	}
	for (int i = 0; i <= exponent; i++)
		text[i] = text[i + 1];
	if ((int)length <= exponent + 1)
		return (unsigned)exponent + 1;
	text[exponent + 1] = '.';
	return length + 1;
}

static size_t put_special(bool is_negative, bool is_nan, char *text)
{
	memcpy(text, is_nan ? "NaN" : is_negative ? "-Inf" : "+Inf", 4);
	return is_nan ? 3 : 4;
}

size_t number_format(double value, char text[static NUMBER_TEXT_MAX])
{
	uint64_t bits, significand;
	unsigned sign, exponent;
	struct decimal d;
	int q;

	memcpy(&bits, &value, sizeof(bits));
	sign = bits >> 63;
	exponent = bits >> FRACTION_BITS & EXPONENT_MAX;
	significand = bits & FRACTION_MASK;
	if (exponent == EXPONENT_MAX)
		return put_special(sign, significand, text);
	if (exponent == 0 && significand == 0) {
		text[0] = '0';
		return 1;
	}

	q = (int)MAX(exponent, 1) - EXPONENT_BIAS;
	if (exponent > 0)
		significand |= FRACTION_MASK + 1;
	text[0] = '-';
	if (q <= 0 && q >= -FRACTION_BITS && !(significand & ((UINT64_C(1) << -q) - 1)))
		d = (struct decimal){ significand >> -q, 0 };
	else if (!is_thousandths(sign ? -value : value, &d))
		d = shortest(significand, q, (bits & FRACTION_MASK) == 0 && exponent > 1);
	return sign + put_decimal(d, text + sign);
}
