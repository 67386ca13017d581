"""Topics: built and parsed here, and nowhere else.

    talon/v1/{site}/{node}/{channel}     one node's log, ack, state, config, ask, answer,
                                         command or reply
    talon/v1/{site}/queue                the office's queue, for boards

`site` and `node` match `[a-z0-9][a-z0-9-]{0,31}`. Runs on MicroPython.
"""

ROOT = "talon/v1"
GATEWAY = "gateway"  # the node name under which an office's gateway speaks to the city

LOG = "log"
ACK = "ack"
STATE = "state"
CONFIG = "config"
ASK = "ask"
ANSWER = "answer"
COMMAND = "command"
REPLY = "reply"
CHANNELS = (LOG, ACK, STATE, CONFIG, ASK, ANSWER, COMMAND, REPLY)

_FIRST = "abcdefghijklmnopqrstuvwxyz0123456789"
_REST = _FIRST + "-"
_MAX_NAME = 32


class TopicError(ValueError):
    """A topic or a name in it is not one of Talon's."""


def check_name(name: str) -> str:
    """Return `name` if it may stand in a topic, else raise `TopicError` saying why not."""
    if not isinstance(name, str) or not name or len(name) > _MAX_NAME:
        raise TopicError("%r: a name has 1 to %d characters" % (name, _MAX_NAME))
    if name[0] not in _FIRST or not all(c in _REST for c in name):
        raise TopicError("%r: a name is of a-z, 0-9 and '-', and does not start with '-'" % (name,))
    return name


def topic(site: str, node: str, channel: str) -> str:
    """The topic of one node's channel, e.g. `talon/v1/kyiv-1/box-3/log`."""
    return "/".join((ROOT, check_name(site), check_name(node), _check_channel(channel)))


def every_node(site: str, channel: str) -> str:
    """Subscription filter: `channel` of every node of one office."""
    return "/".join((ROOT, check_name(site), "+", _check_channel(channel)))


def every_gateway(channel: str) -> str:
    """Subscription filter: `channel` of the gateway of every office."""
    return "/".join((ROOT, "+", GATEWAY, _check_channel(channel)))


def queue_topic(site: str) -> str:
    """The topic of an office's queue."""
    return "/".join((ROOT, check_name(site), "queue"))


def parse(name: str) -> "tuple[str, str, str]":
    """Split a node's topic into (site, node, channel); raise `TopicError` if it is not one."""
    parts = name.split("/")
    if len(parts) != 5 or "/".join(parts[:2]) != ROOT or parts[4] not in CHANNELS:
        raise TopicError("%r is not a topic of a Talon node" % (name,))
    return check_name(parts[2]), check_name(parts[3]), parts[4]


def _check_channel(channel: str) -> str:
    if channel not in CHANNELS:
        raise TopicError("%r is not a channel; one of: %s" % (channel, ", ".join(CHANNELS)))
    return channel
