"""The configs that the demo writes are what the real commands take."""

from pathlib import Path

import pytest

from collector.config import read_collector
from gateway.config import read_office
from gateway.pages.access import is_pin
from simulator import profile
from simulator.configs import write_configs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With both configs, for port 18830."""
    write_configs(tmp_path, 18830)
    return tmp_path


def test_the_gateway_takes_the_office(folder: Path) -> None:
    """With all services and devices of the profile, its data beside the config."""
    office = read_office(folder / "office.toml")
    assert (office.site, office.name, office.timezone) == (
        profile.SITE,
        profile.NAME,
        profile.ZONE,
    )
    assert [(s.id, s.letter, s.title) for s in office.service] == [
        (s.id, s.letter, s.title) for s in profile.SERVICES
    ]
    assert {device.node for device in office.device} == {*profile.BOXES, *profile.DISPENSERS}
    assert not office.desk  # without pages
    assert office.hours == {}  # the demo may be played with at any time
    assert office.broker.address().port == 18830
    assert office.journal_path() == folder / "office" / "journal.db"


def test_each_box_has_the_channel_of_the_profile(folder: Path) -> None:
    """And a desk's box its service."""
    devices = {device.node: device for device in read_office(folder / "office.toml").device}
    for box in profile.BOXES:
        assert devices[box].channel == profile.channel(box)
        assert devices[box].service == profile.DESKS.get(box, "-")
    assert all(devices[name].mark == name[-1] for name in profile.DISPENSERS)


def test_with_pages_there_is_a_queue(tmp_path: Path) -> None:
    """Desks with their boxes and clerks; tickets say the wait while the demo is live."""
    write_configs(tmp_path, 18830, 18880)
    office = read_office(tmp_path / "office.toml")
    assert office.pages.port == 18880
    assert {desk.id: desk.services for desk in office.desk} == profile.DESK_SERVICES
    boxes = {device.desk for device in office.device if device.channel == "desk"}
    assert boxes == {desk.id for desk in office.desk if desk.services} and len(boxes) == 10
    served = {service for desk in office.desk for service in desk.services}
    assert served == {service.id for service in profile.SERVICES}
    assert [clerk.name for clerk in office.clerk] == [*profile.CLERKS, profile.MANAGER]
    assert all(is_pin(profile.PIN, clerk.pin) for clerk in office.clerk[-2:])
    assert "wait" not in office.ticket.show
    assert office.pages.framed_by == []
    write_configs(tmp_path, 18830, 18880, live=True, framed_by="http://127.0.0.1:8090")
    office = read_office(tmp_path / "office.toml")
    assert {"ahead", "wait"} < set(office.ticket.show)
    assert office.pages.framed_by == ["http://127.0.0.1:8090"]
    first = set(profile.DESK_SERVICES[profile.FIRST_DESK])
    for desk in office.desk[1:]:  # none of them calls whom the first desk waits for
        assert desk.services and not first & set(desk.services)


def test_the_collector_takes_the_city(folder: Path) -> None:
    """It knows the office, and its services by their titles."""
    city = read_collector(folder / "city.toml")
    assert [site.id for site in city.site] == [profile.SITE]
    assert city.site[0].services == {s.id: s.title for s in profile.SERVICES}
    assert city.broker.address().port == 18830
    assert city.ledger_path() == folder / "city" / "ledger.db"
    assert city.influx is None
