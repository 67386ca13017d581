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
    return binomial_reach(probability, n, p)[0]


def binomial_reach(probability: float, n: int, p: float) -> tuple[int, float]:
    """The quantile x, and P(X <= x), which is found with it. See `binomial_quantile`."""
    check(n=n)
    check_probability(probability=probability, p=p)
    enough = probability * (1 - 1e-13)
    deviation = math.sqrt(n * p * (1 - p))
    if not _FAR < probability < 1 - _FAR or deviation < 3:
        count = _halved(enough, n, p)
        return count, binomial_cdf(count, n, p)
    guess = round(n * p + normal_quantile(probability) * deviation)
    return _walked(enough, n, p, min(max(guess, 0), n))


_FAR = 1e-15  # beyond it the normal approximation may lie where a probability is no number any more


def _walked(enough: float, n: int, p: float, x: int) -> tuple[int, float]:
    """From an x near by, count by count, as each one's probability follows from the last one's."""
    odds = p / (1 - p)
    reached, here = binomial_cdf(x, n, p), binomial_pmf(x, n, p)
    while x > 0 and reached - here >= enough:
        reached -= here
        here *= x / (n - x + 1) / odds
        x -= 1
    while x < n and reached < enough:
        here *= (n - x) / (x + 1) * odds
        reached += here
        x += 1
    return x, min(1.0, reached)


def _halved(enough: float, n: int, p: float) -> int:
    low, high = 0, n
    while low < high:
        middle = (low + high) // 2
        if binomial_cdf(middle, n, p) >= enough:
            high = middle
        else:
            low = middle + 1
    return low
