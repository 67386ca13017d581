"""Who is at which desk. Pure; a projection of what is stored of the desks.

A desk is open while a clerk is there and not on a pause. One clerk is at one desk, and at a desk is
one clerk; another one takes it over only by saying so.
"""

from collections.abc import Collection
from typing import Literal, get_args

import msgspec

from gateway.queue.hall import QueueError

PostKind = Literal["opened", "paused", "resumed", "closed", "refused"]
"""`refused`: somebody tried to log in and could not; the desk is as it was."""

POST_KINDS: tuple[PostKind, ...] = get_args(PostKind)


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened at a desk. `at`: Unix ms. `address`: of the browser."""

    kind: PostKind
    at: int
    desk: str
    clerk: str
    address: str = ""


class Post(msgspec.Struct, frozen=True):
    """A desk that a clerk is at, since `since` (Unix ms)."""

    clerk: str
    since: int
    paused: bool = False


class Posts:
    """Of the desks of one office, `desks` by id. Not thread-safe.

    Nobody is at a desk that has gone from the config, whatever is stored of it; who had gone there
    has left the one before all the same.
    """

    def __init__(self, desks: Collection[str]) -> None:
        self._desks = frozenset(desks)
        self._posts: dict[str, Post] = {}

    def at(self, desk: str) -> Post | None:
        """Who is at a desk; None: nobody."""
        return self._posts.get(desk)

    def desk_of(self, clerk: str) -> str:
        """Where a clerk is; empty: nowhere."""
        return next((desk for desk, post in self._posts.items() if post.clerk == clerk), "")

    def open(self) -> list[str]:
        """The desks that serve now."""
        return [desk for desk, post in self._posts.items() if not post.paused]

    def check_free(self, desk: str, clerk: str) -> None:
        """QueueError if another clerk is at the desk."""
        post = self._posts.get(desk)
        if post is not None and post.clerk != clerk:
            said = f"desk {desk} is taken by {post.clerk}. Take it over, or choose another."
            raise QueueError("taken", said, desk=desk, clerk=post.clerk)

    def take(self, posted: Posted) -> None:
        """What is stored has happened."""
        if posted.kind == "refused":
            return
        if posted.kind == "opened":
            left = self.desk_of(posted.clerk)
            if left:
                del self._posts[left]
            if posted.desk in self._desks:
                self._posts[posted.desk] = Post(posted.clerk, posted.at)
        elif posted.desk in self._posts:
            self._change(posted)

    def _change(self, posted: Posted) -> None:
        if posted.kind == "closed":
            del self._posts[posted.desk]
        else:
            post = self._posts[posted.desk]
            paused = posted.kind == "paused"
            self._posts[posted.desk] = msgspec.structs.replace(post, paused=paused)
