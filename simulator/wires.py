"""A device's connection without a thread of its own: the driver reads it when something is there.

Sixteen threads that hand every message to one another through the interpreter's lock would take
most of the time of a simulated month.
"""

from firmware.common.link import Link

_KEEP_ALIVE_S = 3_600  # nobody pings while a simulated month goes by


class PolledLink(Link):
    """As Link, but `pump` has to be called when `fileno` is readable."""

    def start(self) -> None:
        """Connect at once; OSError if nobody is there."""
        self._client.connect(self._broker.host, self._broker.port, _KEEP_ALIVE_S)

    def pump(self) -> None:
        """Read one packet; what it means comes into the inbox."""
        self._client.loop_read()
        if self._client.want_write():  # what was said in answer to it, e.g. a subscription
            self._client.loop_write()

    def fileno(self) -> int:
        """The connection's file descriptor."""
        connection = self._client.socket()
        if connection is None:
            raise ConnectionError("not connected")
        return int(connection.fileno())

    def close(self, farewell: tuple[str, bytes]) -> None:
        """Say goodbye with a retained message."""
        self._ending = True
        self._client.publish(farewell[0], farewell[1], qos=1, retain=True)
        self._client.disconnect()
