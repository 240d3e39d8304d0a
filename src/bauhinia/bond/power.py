"""Powers that are not fractions: one number to a broken power, to fifty digits and the same on every machine."""

from __future__ import annotations

from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from bauhinia.bond.impossible import Impossible

DIGITS = 50
GUARD = 15

# `ln` and `exp` of a decimal context are correctly rounded by the General Decimal Arithmetic Specification, which the
# `power` of that specification is not: a power built from those two is one number, whatever implements it.
CONTEXT = Context(prec=DIGITS + GUARD, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX)
_OUTPUT = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX)


def decimal_of(value: Fraction) -> Decimal:
    """The fraction to the digits of CONTEXT."""
    return CONTEXT.divide(Decimal(value.numerator), Decimal(value.denominator))


def power(base: Fraction, exponent: Fraction) -> Fraction:
    """`base` to the `exponent`: exact where the exponent is whole, else to DIGITS significant digits.

    Impossible where the base is not above zero.
    """
    if base <= 0:
        raise Impossible("base", f"{base} to a power is no real number: it is not above zero")
    if exponent.denominator == 1:
        return base**exponent.numerator
    logarithm = CONTEXT.ln(decimal_of(base))
    broken = CONTEXT.exp(CONTEXT.multiply(logarithm, decimal_of(exponent)))
    return Fraction(_OUTPUT.plus(broken))
