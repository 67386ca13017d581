"""The normal, beta and gamma distributions: what the standard library's `math` lacks.

The powers before the series are taken as Loader does ("Fast and accurate computation of binomial
probabilities", 2000): deviance and Stirling remainder instead of differences of large logarithms,
so that arguments of 1e6 lose no digits.
"""

import math
from collections.abc import Callable
from statistics import NormalDist

from collector.analysis.counts import check_level, check_positive, check_probability

_TERMS = 200_000  # series need about the square root of the largest argument
_EPSILON = 1e-16
_TINY = 1e-300
_CLOSE = 1e-9  # relative: after a step of Newton's so small, the error is about its square
_HALVINGS = 1100  # from 1 down to the smallest float
_STIRLING = (-691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12)  # the last one first


def normal_quantile(probability: float) -> float:
    """z with P(Z <= z) = `probability`, 0 < probability < 1; ValueError otherwise."""
    check_level(probability=probability)
    return NormalDist().inv_cdf(probability)


def two_sided_z(confidence: float) -> float:
    """z of a two-sided interval: 1.959964 for 0.95. ValueError unless 0 < confidence < 1."""
    check_level(confidence=confidence)
    return -normal_quantile((1 - confidence) / 2)


def two_sided_p(z: float) -> float:
    """P(|Z| >= |z|) for a standard normal Z, 0 to 1: erfc(|z| / sqrt 2)."""
    return math.erfc(abs(z) / math.sqrt(2))


def beta_cdf(x: float, a: float, b: float) -> float:
    """Regularised incomplete beta function I_x(a, b), 0 to 1.

    The continued fraction of DLMF 8.17.22, on the side of the mean where it converges fast.
    ValueError unless 0 <= x <= 1 and a, b > 0.
    """
    check_probability(x=x)
    check_positive(a=a, b=b)
    if x in (0, 1):
        return float(x)
    front = beta_power(a, b, x, 1 - x)
    if x < (a + 1) / (a + b + 2):
        return min(1.0, front * _beta_fraction(x, a, b) / a)
    return max(0.0, 1 - front * _beta_fraction(1 - x, b, a) / b)


def beta_quantile(probability: float, a: float, b: float) -> float:
    """x with I_x(a, b) = `probability`, by Newton's method within halving bounds; 0 to 1.

    ValueError unless 0 <= probability <= 1 and a, b > 0.
    """
    check_probability(probability=probability)
    check_positive(a=a, b=b)
    if probability in (0, 1):
        return float(probability)
    skew = 2 * (b - a) * math.sqrt((a + b + 1) / (a * b)) / (a + b + 2)
    return _solve(
        lambda x: beta_cdf(x, a, b),
        lambda x: beta_power(a, b, x, 1 - x) / (x * (1 - x)),
        probability,
        (0.0, 1.0),
        _near(probability, a / (a + b), math.sqrt(a * b / (a + b + 1)) / (a + b), skew, 1.0),
    )


def gamma_cdf(x: float, a: float) -> float:
    """Regularised lower incomplete gamma function P(a, x), 0 to 1.

    DLMF 8.11.4 (series) below a + 1, 8.9.2 (continued fraction) above. ValueError unless x >= 0
    and a > 0.
    """
    check_positive(a=a)
    if not x >= 0:
        raise ValueError(f"x={x} must be 0 or more")
    if x in (0, math.inf):
        return 1.0 if x else 0.0
    front = _gamma_power(x, a)
    if x < a + 1:
        return min(1.0, front * _gamma_series(x, a))
    return max(0.0, 1 - front * _gamma_fraction(x, a))


def gamma_quantile(probability: float, a: float) -> float:
    """x with P(a, x) = `probability`, by Newton's method within halving bounds; 0 or more.

    ValueError unless 0 <= probability < 1 and a > 0.
    """
    check_probability(probability=probability)
    check_positive(a=a)
    if probability == 1:
        raise ValueError("probability=1 has no finite quantile")
    high = a + 1.0
    while gamma_cdf(high, a) < probability:
        high *= 2
    if not probability:
        return 0.0
    return _solve(
        lambda x: gamma_cdf(x, a),
        lambda x: _gamma_power(x, a) / x,
        probability,
        (0.0, high),
        _near(probability, a, math.sqrt(a), 2 / math.sqrt(a), high),
    )


def deviance(x: float, mean: float) -> float:
    """x log(x / mean) + mean - x, without cancellation near x = mean (Loader 2000, bd0)."""
    if abs(x - mean) >= 0.1 * (x + mean):
        return x * math.log(x / mean) + mean - x
    v = (x - mean) / (x + mean)
    total, term, power = (x - mean) * v, 2 * x * v, 1
    while True:
        term *= v * v
        power += 2
        more = total + term / power
        if more == total:
            return total
        total = more


def beta_power(a: float, b: float, x: float, y: float) -> float:
    """x^a y^b / B(a, b) for x + y = 1, both above 0."""
    n = a + b
    loss = _stirling(a) + _stirling(b) - _stirling(n)
    loss += deviance(a, n * x) + deviance(b, n * y)
    return math.exp(-loss) * math.sqrt(a * b / (2 * math.pi * n))


def _stirling(z: float) -> float:
    """log z! less Stirling's formula for it (DLMF 5.11.1)."""
    if z < 15:
        return math.lgamma(z + 1) - (z + 0.5) * math.log(z) + z - 0.5 * math.log(2 * math.pi)
    square, total = 1 / (z * z), 0.0
    for term in _STIRLING:
        total = total * square + term
    return total / z


def _beta_fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of I_x(a, b), by Lentz's method as Thompson and Barnett changed it.

    Written out, without calls: a report on many offices spends most of its time in here.
    """
    both = a + b
    c, d = 1.0, 1 / _off_zero(1 - both * x / (a + 1))
    value = d
    for m in range(1, _TERMS):
        at, before = a + 2 * m, value
        part = m * (b - m) * x / ((at - 1) * at)
        d = 1 / ((1 + part * d) or _TINY)
        c = (1 + part / c) or _TINY
        value *= c * d
        part = -(a + m) * (both + m) * x / (at * (at + 1))
        d = 1 / ((1 + part * d) or _TINY)
        c = (1 + part / c) or _TINY
        value *= c * d
        if abs(value - before) <= _EPSILON * abs(value):
            return value
    raise ArithmeticError(f"I_x(a, b) does not converge for x={x}, a={a}, b={b}")


def _gamma_series(x: float, a: float) -> float:
    total = term = 1 / a
    for m in range(1, _TERMS):
        term *= x / (a + m)
        total += term
        if term <= _EPSILON * total:
            return total
    raise ArithmeticError(f"P(a, x) does not converge for a={a}, x={x}")


def _gamma_fraction(x: float, a: float) -> float:
    b = x + 1 - a
    c, d = 1 / _TINY, 1 / _off_zero(b)
    value = d
    for m in range(1, _TERMS):
        b += 2
        d = 1 / _off_zero(m * (a - m) * d + b)
        c = _off_zero(b + m * (a - m) / c)
        before, value = value, value * c * d
        if abs(value - before) <= _EPSILON * abs(value):
            return value
    raise ArithmeticError(f"P(a, x) does not converge for a={a}, x={x}")


def _off_zero(x: float) -> float:
    return x if abs(x) > _TINY else _TINY


def _gamma_power(x: float, a: float) -> float:
    """x^a e^-x / Gamma(a)."""
    return a * math.exp(-_stirling(a) - deviance(a, x)) / math.sqrt(2 * math.pi * a)


def _near(probability: float, mean: float, deviation: float, skew: float, most: float) -> float:
    """About where the quantile is, after Cornish and Fisher 1937; the mean, if that is not within
    0..most."""
    z = normal_quantile(probability)
    guess = mean + deviation * (z + skew * (z * z - 1) / 6)
    return guess if 0 < guess < most else mean


def _solve(
    rising: Callable[[float], float],
    slope: Callable[[float], float],
    target: float,
    bounds: tuple[float, float],
    start: float,
) -> float:
    """Where `rising`, whose derivative is `slope`, reaches the target between two bounds.

    Newton's steps from `start`; where one would leave the bounds, which close in, or takes too
    little off them, they are halved instead.
    """
    low, high = bounds
    x, before = start, high - low
    for _ in range(_HALVINGS):
        error = rising(x) - target
        if not error:
            return x
        low, high = (x, high) if error < 0 else (low, x)
        steep = slope(x)
        following = x - error / steep if steep > 0 else low
        step = abs(following - x)
        if low < following < high and step <= before / 2:
            if step <= _CLOSE * following:
                return following
        else:
            following = (low + high) / 2
            if following in (low, high):
                return following
            step = abs(following - x)
        x, before = following, step
    return x
