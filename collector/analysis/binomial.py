"""The binomial distribution, exact, for up to a million trials."""

import math

from collector.analysis.counts import check, check_nested, check_probability
from collector.analysis.special import beta_cdf, beta_power, normal_quantile


def binomial_pmf(x: int, n: int, p: float) -> float:
    """P(X = x) of n trials that each succeed with probability p (Loader 2000).

    ValueError unless 0 <= x <= n and 0 <= p <= 1.
    """
    check_nested(x=x, n=n)
    check_probability(p=p)
    if p in (0, 1):
        return float(x == n * p)
    if x in (0, n):
        return math.exp(n * (math.log(p) if x else math.log1p(-p)))
    return beta_power(x, n - x, p, 1 - p) * n / (x * (n - x))


def binomial_cdf(x: int, n: int, p: float) -> float:
    """P(X <= x) = I_{1-p}(n - x, x + 1), DLMF 8.17.5; any whole x.

    ValueError unless n >= 0 and 0 <= p <= 1.
    """
    check(n=n)
    check_probability(p=p)
    if x < 0 or x >= n:
        return float(x >= n)
    return beta_cdf(1 - p, n - x, x + 1)


def binomial_tail(x: int, n: int, p: float) -> float:
    """P(X >= x) = I_p(x, n - x + 1): small tails keep their digits, as 1 - cdf would not."""
    check(n=n)
    check_probability(p=p)
    if x <= 0 or x > n:
        return float(x <= 0)
    return beta_cdf(p, x, n - x + 1)


def binomial_quantile(probability: float, n: int, p: float) -> int:
    """The smallest x with P(X <= x) >= `probability`, 0 to n.

    A cdf short of it by rounding alone counts as reached. ValueError unless n >= 0 and both
    probabilities are within 0..1.
    """
    check(n=n)
    check_probability(probability=probability, p=p)
    enough = probability * (1 - 1e-13)
    low, high = _bracket(probability, n, p)
    if low > 0 and binomial_cdf(low - 1, n, p) >= enough:
        low, high = 0, low - 1
    elif high < n and binomial_cdf(high, n, p) < enough:
        low, high = high + 1, n
    while low < high:
        middle = (low + high) // 2
        if binomial_cdf(middle, n, p) >= enough:
            high = middle
        else:
            low = middle + 1
    return low


def _bracket(probability: float, n: int, p: float) -> tuple[int, int]:
    """Where the quantile is to be expected: about its normal approximation."""
    deviation = math.sqrt(n * p * (1 - p))
    if probability in (0, 1) or deviation < 3:
        return 0, n
    guess = n * p + normal_quantile(probability) * deviation
    reach = 2 + abs(normal_quantile(probability)) ** 2 / 4
    return max(0, math.floor(guess - reach)), min(n, math.ceil(guess + reach))
