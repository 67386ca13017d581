"""A Raspberry Pi device's way to the broker: paho-mqtt in its own thread, events in one queue.

The thread `talon-link` is paho's: it connects, reconnects with back-off and never ends before
`close`. What happens is put into the program's inbox; the program publishes when it is told `up`.
"""

import logging
import socket
from typing import Any, Protocol

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from firmware.common.config import Broker
from firmware.common.node import OFFLINE, Node
from wire import topics

log = logging.getLogger("talon.link")

UP = "up"
DOWN = "down"
MESSAGE = "message"


class Inbox(Protocol):
    """Takes events from any thread; queue.SimpleQueue is one."""

    def put(self, item: tuple[str, Any], /) -> None:
        """Take an event."""


class Link:
    """Connects `node` to its broker. Puts (UP, None), (DOWN, None) and (MESSAGE, (topic, payload))
    into `inbox`."""

    def __init__(self, node: Node, broker: Broker, inbox: Inbox) -> None:
        self._inbox = inbox
        self._topics = [(topic, 0) for topic in node.subscriptions()]
        self._broker = broker
        self._where = f"{broker.host}:{broker.port}"
        self._told = ""  # once an outage: a year of attempts must not fill the card
        self._connected = False
        self._ending = False
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"{node.site}-{node.node}")
        if broker.username:
            client.username_pw_set(broker.username, broker.password or None)
        if broker.ca:
            client.tls_set(ca_certs=broker.ca)
        client.will_set(node.topic(topics.STATE), OFFLINE, qos=1, retain=True)
        client.reconnect_delay_set(min_delay=1, max_delay=30)
        client.on_socket_open = _send_at_once
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        self._client = client

    def start(self) -> None:
        """Begin to connect, and go on trying; returns at once."""
        self._client.connect_async(self._broker.host, self._broker.port, keepalive=20)
        self._client.loop_start()

    def publish(self, topic: str, payload: bytes, retain: bool) -> None:
        """Publish at QoS 0: the hop above repeats what gets lost."""
        self._client.publish(topic, payload, qos=0, retain=retain)

    def close(self, farewell: tuple[str, bytes]) -> None:
        """Say goodbye with a retained message and end the thread."""
        self._ending = True
        self._client.publish(farewell[0], farewell[1], qos=1, retain=True)
        self._client.disconnect()
        self._client.loop_stop()

    def drop(self) -> None:
        """End without a goodbye, as a power cut does; the broker publishes the last will."""
        self._ending = True
        connection = self._client.socket()
        if connection is not None:
            connection.close()
        self._client.loop_stop()

    def _on_connect(self, client: mqtt.Client, _u: Any, _f: Any, reason: Any, _p: Any) -> None:
        if reason.is_failure:
            where = f"the broker at {self._where}"
            self._tell(f"{where} refuses us: {reason}; check name and password in the config")
            return
        log.info("connected to the broker at %s", self._where)
        self._told = ""
        self._connected = True
        client.subscribe(self._topics)

    def _on_subscribe(self, *_: Any) -> None:
        self._inbox.put((UP, None))

    def _on_connect_fail(self, *_: Any) -> None:
        self._tell(f"no broker at {self._where}; presses are kept on the card, trying on")

    def _tell(self, problem: str) -> None:
        if problem != self._told:
            self._told = problem
            log.warning("%s", problem)

    def _on_disconnect(self, *_: Any) -> None:
        if self._connected and not self._ending:
            log.warning("connection to the broker lost; presses are kept on the card")
        self._connected = False
        self._inbox.put((DOWN, None))

    def _on_message(self, client: mqtt.Client, _u: Any, message: mqtt.MQTTMessage) -> None:
        _acknowledge_at_once(client.socket())
        try:
            self._inbox.put((MESSAGE, (message.topic, message.payload)))
        except UnicodeDecodeError:  # a topic that is not UTF-8 is nobody's
            return


def _send_at_once(_c: mqtt.Client, _u: Any, connection: Any) -> None:
    """Without this a ticket's ask waits up to 40 ms for the acknowledgement of what went before."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _acknowledge_at_once(connection: Any) -> None:
    """Likewise the other way: brokers hold a small packet back until the one before is
    acknowledged, and the kernel puts that off; it has to be told after each message."""
    quick = getattr(socket, "TCP_QUICKACK", None)  # Linux only
    if connection is not None and quick is not None:
        connection.setsockopt(socket.IPPROTO_TCP, quick, 1)
