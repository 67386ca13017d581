"""A showroom whose devices have no broker, and no thread of their own: what hands do, they do."""

import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from email.message import Message
from pathlib import Path

from firmware.common.posix_clock import PosixClock, random_token
from simulator.configs import write_configs
from simulator.demo import build_devices
from simulator.devices import Device, Mail
from simulator.hall.clerks import Played
from simulator.hall.crowd import Crowd
from simulator.server import free_port
from simulator.showroom.room import Showroom, origin_of


class NobodyWorks:
    """The clerks of an office without a gateway."""

    def begin_work(self, since: int, until: int, calls: bool) -> None:
        """Nobody does."""

    def end_work(self) -> Played | None:
        """Nothing comes of it."""
        return None


class Room:
    """The page of such devices at `url`. `is_stuck`: nobody drives them any more."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.pages = socket.create_server(("127.0.0.1", 0))  # somebody answers there
        port = port or free_port()
        pages_port: int = self.pages.getsockname()[1]
        self.pages_url = f"http://127.0.0.1:{pages_port}"
        write_configs(folder, 1, pages_port, live=True, framed_by=origin_of(port))
        self.boxes, self.dispensers = build_devices(
            1, PosixClock, Mail(), lambda name: random_token
        )
        self.is_stuck = False
        crowd = self.crowd = Crowd(self.boxes, self.dispensers, NobodyWorks(), 1)
        self.showroom = Showroom(folder, port, self.boxes, self.dispensers, self._do, crowd)
        self.url = self.showroom.url.removesuffix("/")
        self.showroom.__enter__()

    def close(self) -> None:
        """The demo ends."""
        self.showroom.__exit__()
        self.pages.close()

    def cards(self) -> dict[str, int]:
        """The newest record of each device: another one if anything at all has happened."""
        devices: list[Device] = [*self.boxes.values(), *self.dispensers.values()]
        return {device.name: device.node.log.last for device in devices}

    def ask(
        self, path: str, form: dict[str, str] | None = None, **headers: str
    ) -> tuple[int, Message, bytes]:
        """Status, headers and body of an answer; a post says that it comes from this page."""
        data = None if form is None else urllib.parse.urlencode(form).encode()
        said = {"Origin": self.url} if form is not None else {}
        request = urllib.request.Request(self.url + path, data, said | headers)
        opener = urllib.request.build_opener(_Stay)
        try:
            with opener.open(request, timeout=20) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def _do(self, job: Callable[[], None]) -> None:
        if self.is_stuck:
            raise TimeoutError
        job()
        self.showroom.look()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None
