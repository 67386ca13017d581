"""The queue's day as one value, for whoever shows it."""

from typing import NamedTuple

from gateway.queue.hall import Hall, Rules
from gateway.queue.posts import Posts


class Today(NamedTuple):
    """Who waits, who is at which desk, by which rules. `day`: YYYY-MM-DD."""

    day: str
    rules: Rules
    hall: Hall
    posts: Posts
