"""What an office's config says to its dispensers."""

from pathlib import Path

import pytest

from gateway.config import OfficeConfig, read_office
from gateway.setup import setup_messages, setup_of
from tests.gateway.test_config import GOOD
from tests.wire.test_setup import png
from wire.setup import read_setup

MORE = """
[ticket]
languages = ["uk", "en"]
footer = "Збережіть талон"
logo = "arms.png"
"""


def office(folder: Path, text: str) -> OfficeConfig:
    """An office config of this text, with a picture beside it."""
    (folder / "arms.png").write_bytes(png())
    path = folder / "office.toml"
    path.write_text(text, encoding="utf-8")
    return read_office(path)


def test_every_dispenser_gets_the_same_and_no_other_device_gets_any(tmp_path: Path) -> None:
    found = setup_messages(office(tmp_path, GOOD + MORE))
    assert list(found) == ["talon/v1/kyiv-1/disp-1/config", "talon/v1/kyiv-1/disp-2/config"]
    assert len(set(found.values())) == 1


def test_the_dispenser_can_read_it_with_its_picture(tmp_path: Path) -> None:
    (payload, _) = setup_messages(office(tmp_path, GOOD + MORE)).values()
    setup = read_setup(payload)
    assert (setup.office, setup.timezone) == ("ЦНАП", "Europe/Kyiv")
    assert (setup.ticket.logo, setup.logo) == ("arms.png", png())
    assert setup.ticket.languages == ("uk", "en")
    assert [service.letter for service in setup.services] == ["А", "Б"]


def test_a_services_hours_are_the_offices_where_it_has_none_of_its_own(tmp_path: Path) -> None:
    text = GOOD.replace('title = "Паспорт"', 'title = "П"\nlimit = 40\nhours = {sun = "9:00"}')
    text = text.replace('"9:00"', '"09:00-12:00"')
    passport, subsidy = setup_of(office(tmp_path, text)).services
    assert passport.hours == {"mon": "08:00-17:00", "sun": "09:00-12:00"}
    assert subsidy.hours == {"mon": "08:00-17:00", "sun": ""}
    assert (passport.limit, subsidy.limit) == (40, None)


def test_the_same_config_gives_the_same_bytes(tmp_path: Path) -> None:
    """By them a dispenser knows that nothing is new."""
    assert setup_messages(office(tmp_path, GOOD)) == setup_messages(office(tmp_path, GOOD))


def test_a_picture_that_is_gone_is_an_error(tmp_path: Path) -> None:
    config = office(tmp_path, GOOD + MORE)
    (tmp_path / "arms.png").unlink()
    with pytest.raises(FileNotFoundError):
        setup_of(config)
