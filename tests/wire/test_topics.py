"""Topics: what is built can be parsed, and nothing else can."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.topics import (
    CHANNELS,
    GATEWAY,
    TopicError,
    check_name,
    every_gateway,
    every_node,
    parse,
    queue_topic,
    topic,
)

names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,31}", fullmatch=True)
channels = st.sampled_from(CHANNELS)
near_topics = st.lists(
    st.sampled_from(["talon", "v1", "v2", "kyiv-1", "box-3", "log", "+", "#", "", "Ї", "-x"]),
    max_size=7,
).map("/".join)


def matches(subscription: str, name: str) -> bool:
    """MQTT 3.1.1, section 4.7, without `#`."""
    wanted, levels = subscription.split("/"), name.split("/")
    return len(wanted) == len(levels) and all(
        want in ("+", level) for want, level in zip(wanted, levels, strict=True)
    )


@given(names, names, channels)
def test_a_built_topic_parses_to_its_parts(site: str, node: str, channel: str) -> None:
    assert parse(topic(site, node, channel)) == (site, node, channel)


def test_a_topic_reads_as_documented() -> None:
    assert topic("kyiv-1", "box-3", "log") == "talon/v1/kyiv-1/box-3/log"
    assert queue_topic("kyiv-1") == "talon/v1/kyiv-1/queue"


@given(st.text() | near_topics)
def test_any_other_text_is_a_topic_error_and_no_other_error(text: str) -> None:
    with suppress(TopicError):
        assert topic(*parse(text)) == text


@pytest.mark.parametrize(
    "name",
    ["", "-a", "A", "a_b", "a b", "a/b", "a+", "#", "a\n", "\na", "\0", "é", "٣", "a" * 33],
)
def test_a_name_outside_the_alphabet_is_refused(name: str) -> None:
    with pytest.raises(TopicError):
        check_name(name)


def test_a_refusal_quotes_the_value() -> None:
    with pytest.raises(TopicError, match=r"'Box 3'"):
        topic("kyiv-1", "Box 3", "log")
    with pytest.raises(TopicError, match=r"'logs' is not a channel; one of: log, ack"):
        topic("kyiv-1", "box-3", "logs")


@given(st.sampled_from(["any", "log", "v1"]) | names, names, names, channels)
def test_every_node_is_every_node_of_one_office(
    site: str, other: str, node: str, channel: str
) -> None:
    """Whatever the office is called, even `any`."""
    subscription = every_node(site, channel)
    assert matches(subscription, topic(site, node, channel))
    assert matches(subscription, topic(other, node, channel)) == (other == site)


@given(names, names, channels)
def test_every_gateway_is_the_gateway_of_every_office(site: str, node: str, channel: str) -> None:
    subscription = every_gateway(channel)
    assert matches(subscription, topic(site, GATEWAY, channel))
    assert matches(subscription, topic(site, node, channel)) == (node == GATEWAY)


@given(names)
def test_the_queue_is_no_nodes_topic(site: str) -> None:
    with pytest.raises(TopicError):
        parse(queue_topic(site))
