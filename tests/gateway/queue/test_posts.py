"""Who is at which desk."""

import pytest

from gateway.queue.hall import QueueError
from gateway.queue.posts import Post, Posted, PostKind, Posts


def posts(*happened: tuple[PostKind, str, str]) -> Posts:
    found = Posts(["1", "2"])
    for at, (kind, desk, clerk) in enumerate(happened):
        found.take(Posted(kind=kind, at=at, desk=desk, clerk=clerk))
    return found


def test_a_desk_is_open_while_its_clerk_is_there_and_not_on_a_pause() -> None:
    """And only then counts for the expected wait."""
    assert posts(("opened", "1", "olena"), ("opened", "2", "petro")).open() == ["1", "2"]
    assert posts(("opened", "1", "olena"), ("paused", "1", "olena")).open() == []
    back = posts(("opened", "1", "olena"), ("paused", "1", "olena"), ("resumed", "1", "olena"))
    assert back.open() == ["1"]
    assert posts(("opened", "1", "olena"), ("closed", "1", "olena")).at("1") is None


def test_a_clerk_is_at_one_desk() -> None:
    """Who opens another one has left the first."""
    moved = posts(("opened", "1", "olena"), ("opened", "2", "olena"))
    assert moved.open() == ["2"]
    assert moved.desk_of("olena") == "2"
    assert moved.desk_of("petro") == ""


def test_a_desk_that_is_taken_is_refused_by_name() -> None:
    """But not to the clerk who is there."""
    found = posts(("opened", "1", "olena"))
    found.check_free("1", "olena")
    found.check_free("2", "petro")
    with pytest.raises(QueueError, match="desk 1 is taken by olena"):
        found.check_free("1", "petro")


def test_who_takes_a_desk_over_is_there_and_the_other_is_not() -> None:
    """The other one's buttons then say so."""
    found = posts(("opened", "1", "olena"), ("opened", "1", "petro"))
    assert found.at("1") == Post("petro", 1)
    assert found.desk_of("olena") == ""


def test_a_refused_login_or_a_desk_that_nobody_is_at_changes_nothing() -> None:
    """Whatever is stored of it."""
    found = posts(("refused", "1", "petro"), ("paused", "1", "petro"), ("closed", "1", "petro"))
    assert found.at("1") is None


def test_a_desk_that_has_gone_from_the_config_is_not_open() -> None:
    """Who went there has left the desk before, and can come to another one."""
    found = posts(("opened", "1", "olena"), ("opened", "9", "olena"), ("paused", "9", "olena"))
    assert found.open() == []
    assert (found.at("1"), found.at("9"), found.desk_of("olena")) == (None, None, "")
