"""A broker and its connections, in memory: topics, retained messages, last wills, QoS 0.

Messages may get lost, come twice, late and in another order, on the way in and on the way out. A
connection may be severed without either end noticing for a while; a broker may be restarted and
forget all it retained.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple, Protocol

from simulator.microcosm.stage import Stage

_HANDSHAKE_MS = (20, 200)
_RETRY_MS = (500, 3_000)


class Weather(NamedTuple):
    """How a broker treats messages. `drop`, `twice`, `late`: shares; `late_ms`: at most.

    All but `twice` on the way in and on the way out.
    """

    drop: float = 0.0
    twice: float = 0.0
    late: float = 0.0
    late_ms: int = 0


CALM = Weather()


class Client(Protocol):
    """What a connection tells the program that holds it."""

    def on_up(self) -> None:
        """Connected, before anything is delivered."""

    def on_down(self) -> None:
        """Not connected any more."""

    def on_message(self, topic: str, payload: bytes) -> None:
        """A message."""


class Broker:
    """One broker. `name`: for the trace."""

    def __init__(self, stage: Stage, name: str) -> None:
        self.name = name
        self.stage = stage
        self.climate = CALM  # what the weather goes back to
        self.weather = CALM
        self.up = True
        self.retained: dict[str, bytes] = {}
        self._life = 0
        self._sessions: dict[str, Connection] = {}
        self._routes: dict[tuple[str, str], bool] = {}

    def stop(self, forget: bool) -> None:
        """Go down; what is under way is gone. `forget`: what is retained, too."""
        self.up = False
        self._life += 1
        if forget:
            self.retained.clear()
        for session in list(self._sessions.values()):
            self.drop(session)

    def start(self) -> None:
        """Come up again."""
        self.up = True

    def clear_up(self) -> None:
        """The weather is as usual again."""
        self.weather = self.climate

    def accept(self, connection: "Connection") -> None:
        """A client connects and subscribes; an older connection of that name is closed."""
        older = self._sessions.get(connection.name)
        if older is not None and older is not connection:
            self.drop(older)
        self._sessions[connection.name] = connection
        for topic, payload in self.retained.items():
            if self._wants(connection, topic):
                self._deliver(connection, topic, payload)

    def drop(self, connection: "Connection") -> None:
        """The connection is gone, without a goodbye: the will is published."""
        if self._sessions.get(connection.name) is connection:
            del self._sessions[connection.name]
            if connection.will is not None and self.up:
                self._route(*connection.will, True, self._life)
        connection.lost()

    def publish(self, topic: str, payload: bytes, retain: bool) -> None:
        """A message from a client."""
        for late in self._copies(0.0):
            if late:
                route = partial(self._route, topic, payload, retain, self._life)
                self.stage.after(late, route)
            else:
                self._route(topic, payload, retain, self._life)

    def _route(self, topic: str, payload: bytes, retain: bool, life: int) -> None:
        if life != self._life:
            return
        if retain:
            self.retained[topic] = payload
        for session in list(self._sessions.values()):
            if self._wants(session, topic):
                self._deliver(session, topic, payload)

    def _deliver(self, session: "Connection", topic: str, payload: bytes) -> None:
        for late in self._copies(self.weather.twice):
            arrive = partial(session.arrive, session.life, topic, payload)
            self.stage.after(late + self.stage.between(1, 5), arrive)

    def _copies(self, twice: float) -> Sequence[int]:
        """How late each copy of a message is, in ms; none if it is lost."""
        weather = self.weather
        if weather is CALM:
            return (0,)
        chance = self.stage.chance
        if chance.random() < weather.drop:
            return ()
        copies = 2 if chance.random() < twice else 1
        return [
            self.stage.between(1, weather.late_ms) if chance.random() < weather.late else 0
            for _ in range(copies)
        ]

    def _wants(self, session: "Connection", topic: str) -> bool:
        return any(self._matches(each, topic) for each in session.filters)

    def _matches(self, pattern: str, topic: str) -> bool:
        key = (pattern, topic)
        if key not in self._routes:
            parts, levels = pattern.split("/"), topic.split("/")
            self._routes[key] = len(parts) == len(levels) and all(
                part in ("+", level) for part, level in zip(parts, levels, strict=True)
            )
        return self._routes[key]


class Connection:
    """A client's connection, which it keeps up from `open` to `close`. `will`: topic, payload."""

    def __init__(
        self,
        stage: Stage,
        broker: Broker,
        name: str,
        filters: Sequence[str],
        will: tuple[str, bytes] | None,
    ) -> None:
        self.name = name
        self.filters = filters
        self.will = will
        self.life = 0
        self.up = False
        self.severed = False
        self._stage = stage
        self._broker = broker
        self._client: Client | None = None

    def open(self, client: Client) -> None:
        """The program has started: connect, and go on trying."""
        self._client = client
        self._try_later(_HANDSHAKE_MS)

    def close(self) -> None:
        """The program is gone, without a goodbye: the other end sees that at once."""
        self._client = None
        if self.up:
            self._broker.drop(self)
        self.life += 1

    def publish(self, topic: str, payload: bytes, retain: bool) -> bool:
        """Send; False if there is no connection. On a severed one it goes nowhere."""
        if self.up and not self.severed:
            self._broker.publish(topic, payload, retain)
        return self.up

    def arrive(self, life: int, topic: str, payload: bytes) -> None:
        """A message from the broker, sent to the connection that was the `life`th."""
        if life == self.life and self.up and not self.severed and self._client is not None:
            self._client.on_message(topic, payload)

    def sever(self, noticed_ms: int) -> None:
        """The network between the two is gone; they notice by their keep-alive."""
        self.severed = True
        self._stage.after(noticed_ms, partial(self._notice, self.life))

    def mend(self) -> None:
        """The network is back."""
        self.severed = False

    def lost(self) -> None:
        """The broker closed it, or is not there any more."""
        was_up, self.up = self.up, False
        self.life += 1
        if was_up and self._client is not None:
            self._try_later(_RETRY_MS)
            self._client.on_down()

    def _notice(self, life: int) -> None:
        if life == self.life and self.severed and self.up:
            self._broker.drop(self)

    def _try_later(self, wait: tuple[int, int]) -> None:
        self._stage.after(self._stage.between(*wait), partial(self._try, self.life))

    def _try(self, life: int) -> None:
        if life != self.life or self._client is None:
            return
        if self.severed or not self._broker.up:
            self._try_later(_RETRY_MS)
            return
        self.up = True
        self._broker.accept(self)
        self._client.on_up()
