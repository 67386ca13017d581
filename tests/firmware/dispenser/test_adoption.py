"""The office's setup: used, kept over a restart, or refused while the one before it stays."""

import dataclasses
from pathlib import Path
from typing import Any

import msgspec
import pytest

from firmware.common.config import Broker, Identity
from firmware.dispenser.adoption import Adoption
from firmware.dispenser.config import Config, PrinterConfig
from firmware.dispenser.counter import Service
from firmware.dispenser.rendering import open_layout
from firmware.dispenser.slip import Ticket
from simulator.disk import SimDisk
from tests.wire.test_setup import PLAIN, SERVICE, png

OWN = Config(
    Identity("kyiv-1", "disp-1", Path("data"), Broker("127.0.0.1")),
    mark="1",
    office="Власна назва",
    printer=PrinterConfig("file", render="text"),
    pins={"passport": 5, "land": 6},
    services={"passport": Service("П", "Мій паспорт"), "land": Service("З", "Земля")},
)


class Bench:
    """A dispenser's card, and what it makes of setups."""

    def __init__(self, own: Config = OWN) -> None:
        self.own = own
        self.disk = SimDisk()
        self.start()

    def start(self) -> None:
        """The program starts on what is on the card."""
        self.disk = self.disk.restore()
        self.adoption = Adoption(self.own, self.disk, open_layout)

    def take(self, **changes: Any) -> bool:
        """The example of the docs comes, with these changes."""
        return self.adoption.take(msgspec.json.encode(PLAIN | changes))

    def titles(self) -> dict[str, tuple[str, str]]:
        """Letter and title by service."""
        services = self.adoption.config.services
        return {name: (of.letter, of.title) for name, of in services.items()}

    def paper(self) -> bytes:
        """A ticket as it would be printed now."""
        return self.adoption.layout.ticket(Ticket("0" * 16, "А001", "x"))


def test_its_own_config_works_alone() -> None:
    """Before any setup has come."""
    bench = Bench()
    assert not bench.adoption.adopted
    assert bench.titles() == {"passport": ("П", "Мій паспорт"), "land": ("З", "Земля")}
    assert "Власна назва".encode("cp1251") in bench.paper()


def test_what_the_office_says_is_used_and_what_it_does_not_say_stays() -> None:
    """A button of which the office knows nothing keeps its own title."""
    bench = Bench()
    assert bench.take()
    assert bench.titles() == {"passport": ("А", "Паспорт"), "land": ("З", "Земля")}
    assert "ЦНАП".encode("cp1251") in bench.paper()
    assert "Збережіть талон".encode("cp1251") in bench.paper()
    assert bench.adoption.config.pins == OWN.pins


def test_it_is_used_after_a_restart_without_a_gateway() -> None:
    """From the card."""
    bench = Bench()
    bench.take(office="ЦНАП № 2")
    bench.start()
    assert bench.adoption.adopted
    assert bench.adoption.config.office == "ЦНАП № 2"
    assert bench.adoption.fault == ""


def test_the_same_setup_again_changes_nothing_and_writes_nothing() -> None:
    """A gateway says it after every start."""
    bench = Bench()
    assert bench.take()
    bench.disk.fill_up()
    assert not bench.take()
    bench.start()
    assert not bench.take()
    assert bench.adoption.fault == ""


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"v": 2}, "setup refused: Invalid enum value 2 - at `$.v`. Gateway and dispenser need"),
        ({"ticket": {"show": []}}, "setup refused: ticket.show: it is empty"),
        (
            {"services": [SERVICE | {"letter": "З"}]},
            "services.land.letter: 'З' looks on paper like that of 'passport'. Choose another",
        ),
        (
            {"ticket": {"logo": "a.png"}, "logo": "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAI"},
            "setup refused: ticket.logo: Truncated File Read. Use another",
        ),
    ],
)
def test_a_setup_that_cannot_be_used_is_refused_and_the_old_one_stays(
    changes: dict[str, Any], fault: str
) -> None:
    """The fault names key and remedy; it goes when a good one comes."""
    bench = Bench()
    bench.take(office="Старий")
    assert not bench.take(**changes)
    assert fault in bench.adoption.fault
    assert bench.adoption.config.office == "Старий"
    bench.start()
    assert bench.adoption.config.office == "Старий"
    assert bench.take(office="Новий")
    assert bench.adoption.fault == ""


def test_a_letter_that_the_printer_has_not_is_refused() -> None:
    """А number called Ґ001 must not be printed as Г001."""
    printer = PrinterConfig("file", render="text", code_page="cp866", code_page_number=17)
    own = dataclasses.replace(OWN, printer=printer)
    bench = Bench(own)
    assert not bench.take(services=[SERVICE | {"letter": "Ґ"}])
    assert "services.passport.letter: the letter 'Ґ' is not in code page cp866" in (
        bench.adoption.fault
    )


def test_a_full_card_does_not_keep_the_office_from_changing_its_tickets() -> None:
    """It is used; that it is not kept is told."""
    bench = Bench()
    bench.disk.fill_up()
    assert bench.take()
    assert bench.adoption.config.office == "ЦНАП"
    assert "not kept for the next start" in bench.adoption.fault


@pytest.mark.parametrize("damage", [b"", b"rubbish", b"talon setup 00000000\n{}"])
def test_a_damaged_setup_on_the_card_is_not_used(damage: bytes) -> None:
    """The dispenser's own config is; and the next message mends it."""
    bench = Bench()
    bench.take()
    bench.disk.create("setup", damage)
    bench.start()
    assert bench.adoption.config.office == "Власна назва"
    assert ("damaged on the card" in bench.adoption.fault) == bool(damage)
    assert bench.take()
    assert bench.adoption.fault == ""


def test_a_message_that_the_broker_was_told_to_forget_changes_nothing() -> None:
    """A retained message is deleted by an empty one, which everybody hears."""
    bench = Bench()
    bench.take()
    assert not bench.adoption.take(b"")
    assert bench.adoption.config.office == "ЦНАП"
    assert bench.adoption.fault == ""


def test_the_offices_picture_comes_with_its_setup() -> None:
    """No file of that name is on the card."""
    bench = Bench()
    assert bench.take(ticket={"logo": "arms.png"}, logo=png((64, 16)))
    assert b"\x1dv0" in bench.paper()
