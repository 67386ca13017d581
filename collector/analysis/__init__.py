"""The statistics of the monthly analysis: closed forms, pure, with their sources.

Counts go in, frozen values come out. Where there are no votes the answer is the vacuous one (the
interval 0..1) or None; only data that cannot be (a negative count, a part above its whole) is a
ValueError. A share is always a quotient of sums.
"""
