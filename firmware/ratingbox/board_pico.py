"""A Raspberry Pi Pico W: the panel's pins, the radio, the watchdog. Runs on MicroPython."""

import gc
import os
import select
import socket
import time

import machine
import network
import rp2

from firmware.ratingbox.contacts import Contacts
from firmware.ratingbox.panel import BUTTONS, SATISFIED
from firmware.ratingbox.sampler_pico import Sampler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from firmware.ratingbox.box_config import BoxConfig
    from firmware.ratingbox.contacts import Edge

WATCHDOG_MS = 8_388  # the longest that an RP2040 has
_CAUSES = {machine.PWRON_RESET: "power", machine.WDT_RESET: "watchdog or reset"}


class PicoBoard:
    """Implements `firmware.ratingbox.panel.Board`. `pins`: of /pins.json. `up()`: ms since boot."""

    def __init__(self, pins: "dict[str, int]", up: "Callable[[], int]") -> None:
        self._up = up
        pull = machine.Pin.PULL_UP
        self._buttons = {name: machine.Pin(pins[name], machine.Pin.IN, pull) for name in BUTTONS}
        self._lamps = {
            name: machine.Pin(pins[name + "_lamp"], machine.Pin.OUT, value=0) for name in BUTTONS
        }
        self._buzzer = machine.Pin(pins["buzzer"], machine.Pin.OUT, value=0)
        self._lid = machine.Pin(pins["lid"], machine.Pin.IN, pull) if "lid" in pins else None
        self._sampler = Sampler(self._buttons[SATISFIED])
        words = self._first_words()
        self._contacts = Contacts(BUTTONS, words[0], up())
        self._early = words[1:]

    @property
    def lost(self) -> int:
        """How often there were more changes than could be kept."""
        return self._sampler.lost

    def edges(self) -> "list[Edge]":
        """Which contacts changed since the last call, and when, in ms since boot."""
        words = self._early + self._sampler.words()
        self._early = []
        return self._contacts.edges(words, self._up()) if words else []

    def levels(self) -> "dict[str, bool]":
        """Which buttons are down now."""
        return {name: not self._buttons[name].value() for name in BUTTONS}

    def is_open(self) -> bool:
        """Whether the lid is; its switch closes to ground with it."""
        return self._lid is not None and bool(self._lid.value())

    def thank(self, button: str) -> None:
        """Light the button's lamp and sound the buzzer."""
        self._lamps[button].value(1)
        self._buzzer.value(1)

    def fail(self) -> None:
        """Sound the buzzer; no lamp."""
        self._buzzer.value(1)

    def quiet(self) -> None:
        """Silence the buzzer."""
        self._buzzer.value(0)

    def invite(self, button: str) -> None:
        """Light the button's lamp; no sound."""
        self._lamps[button].value(1)

    def darken(self, button: str) -> None:
        """Put the button's lamp out."""
        self._lamps[button].value(0)

    def close(self) -> None:
        """All off."""
        self._sampler.close()
        for lamp in self._lamps.values():
            lamp.value(0)
        self._buzzer.value(0)

    def _first_words(self) -> "list[int]":
        """The sampler's very first look is a change; the counter in it begins the reckoning."""
        words: "list[int]" = []
        while not words:
            time.sleep_ms(1)  # type: ignore[attr-defined,unused-ignore]
            words = self._sampler.words()
        return words


class Radio:
    """The Pico W's radio. What it says of itself is not believed; joining is only begun here."""

    def __init__(self, config: "BoxConfig") -> None:
        self._config = config
        rp2.country(config.country)
        self._wlan = network.WLAN(network.STA_IF)
        self.renew()

    def join(self) -> None:
        """Leave the network and join it again; returns at once."""
        try:  # noqa: SIM105 - no contextlib on MicroPython
            self._wlan.disconnect()
        except OSError:
            pass  # it was not in one
        self._connect()

    def renew(self) -> None:
        """Radio off and on, which loads its firmware anew; then join."""
        self._wlan.active(False)
        self._wlan.active(True)
        self._connect()

    def rssi(self) -> "int | None":
        """Of the access point, in dBm; None: there is none."""
        try:
            return int(self._wlan.status("rssi"))
        except (OSError, ValueError, TypeError):
            return None

    def _connect(self) -> None:
        try:
            self._wlan.config(pm=self._wlan.PM_NONE)  # sleeping costs a second per answer
            self._wlan.connect(self._config.ssid, self._config.wifi_password)
        except OSError:
            pass  # `Supervision` tries again


class Parts:
    """All of the board that the program uses; `firmware.ratingbox.pico.run` takes another one."""

    def __init__(self) -> None:
        self.ntp_port = 123
        self.boot = "".join(["%02x" % byte for byte in os.urandom(4)])
        self.sockets = socket
        self.select = select
        self.random = os.urandom
        self.ticks_ms: "Callable[[], int]" = time.ticks_ms  # type: ignore[attr-defined,unused-ignore]
        self.ticks_diff: "Callable[[int, int], int]" = time.ticks_diff  # type: ignore[attr-defined,unused-ignore]
        self.sleep_ms: "Callable[[int], None]" = time.sleep_ms  # type: ignore[attr-defined,unused-ignore]
        self._watchdog: "Any" = None

    def board(self, pins: "dict[str, int]", up: "Callable[[], int]") -> PicoBoard:
        """The panel."""
        return PicoBoard(pins, up)

    def radio(self, config: "BoxConfig") -> Radio:
        """The radio, joining its network."""
        return Radio(config)

    def feed(self) -> None:
        """Feed the watchdog; the first time starts it, and nothing stops it any more."""
        if self._watchdog is None:
            self._watchdog = machine.WDT(timeout=WATCHDOG_MS)
        self._watchdog.feed()

    def reset(self) -> None:
        """Boot anew."""
        machine.reset()

    def reset_cause(self) -> str:
        """Why it booted."""
        return _CAUSES.get(machine.reset_cause(), "unknown")

    def heap(self) -> int:
        """Free bytes of memory."""
        gc.collect()
        return int(gc.mem_free())  # type: ignore[attr-defined,unused-ignore]

    def set_date(self, at: int) -> None:
        """For whatever looks at the board's own clock: TLS checks by it whether a certificate is
        valid."""
        when = time.gmtime(at // 1_000)
        machine.RTC().datetime((when[0], when[1], when[2], when[6], when[3], when[4], when[5], 0))

    def tls(self, ca: str, host: str) -> "Callable[[Any], Any]":
        """What makes a socket TLS, trusting only the authority in the DER file `ca`, and only a
        certificate of `host`."""
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.verify_mode = ssl.CERT_REQUIRED
        with open(ca, "rb") as file:
            context.load_verify_locations(cadata=file.read())

        def wrap(plain: "Any") -> "Any":
            return context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)

        return wrap
