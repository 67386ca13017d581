"""The documents are true: keys, examples, commands and links that they name exist."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from collector.config import CollectorConfig, Site, read_collector
from collector.influx_config import InfluxConfig
from firmware.common.config import Broker, Identity
from firmware.dispenser import config as dispenser
from firmware.dispenser.config import PrinterConfig
from firmware.ratingbox import config as ratingbox
from gateway.config import OfficeConfig, read_office
from gateway.pages.access import Clerk
from gateway.queue.hall import Desk
from gateway.queue_config import Pages, Queue
from gateway.roster import Device, Policies, Service
from wire.config import BrokerConfig
from wire.records import TicketTemplate

ROOT = Path(__file__).parents[2]
STRUCTS = (
    OfficeConfig,
    Service,
    Device,
    Policies,
    BrokerConfig,
    CollectorConfig,
    Site,
    InfluxConfig,
    TicketTemplate,
    Desk,
    Clerk,
    Queue,
    Pages,
)
DEVICES = (Identity, Broker, PrinterConfig)
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("hardware/**/*.md")]


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_every_config_key_is_documented(struct: type[msgspec.Struct]) -> None:
    """A key that is not in docs/config.md fails here."""
    text = (ROOT / "docs" / "config.md").read_text()
    named = set(re.findall(r"`\[*([a-z_]+)\]*`", text))
    assert [f.name for f in msgspec.structs.fields(struct) if f.name not in named] == []


@pytest.mark.parametrize("struct", DEVICES, ids=lambda struct: struct.__name__)
def test_every_config_key_of_a_device_is_documented(struct: type[Any]) -> None:
    """Likewise."""
    text = (ROOT / "docs" / "config.md").read_text()
    named = set(re.findall(r"`\[*([a-z_]+)\]*`", text))
    assert [f.name for f in dataclasses.fields(struct) if f.name not in named] == []


def test_the_example_configs_are_accepted() -> None:
    """Each program reads its example."""
    examples = ROOT / "docs" / "examples"
    assert read_office(examples / "office.toml").site == "tsnap-1"
    assert read_collector(examples / "city.toml").influx is not None
    assert ratingbox.read(examples / "ratingbox.toml").identity.node
    assert dispenser.read(examples / "dispenser.toml").services


def test_every_make_target_of_the_readme_exists() -> None:
    """`make NAME` in the README is a target."""
    named = set(re.findall(r"make ([a-z]+)", (ROOT / "README.md").read_text()))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    assert named
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """Relative links of the documents name files that exist."""
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_module_that_the_architecture_follows_exists() -> None:
    """Dotted names of our modules in ARCHITECTURE.md can be found."""
    text = (ROOT / "ARCHITECTURE.md").read_text()
    named = set(
        re.findall(r"`((?:wire|firmware|gateway|collector|simulator)(?:[./][a-z_]+)+)", text)
    )
    missing = []
    for name in named:
        path = ROOT / name.replace(".", "/")
        known = path.with_suffix(".py").exists() or path.is_dir() or path.exists()
        # the last part may be a function or class of the module before it
        if not known and not path.parent.with_suffix(".py").exists():
            missing.append(name)
    assert missing == []


def test_the_tests_that_the_guarantees_name_exist() -> None:
    """Each guarantee has its test; a renamed one is missed here."""
    text = (ROOT / "docs" / "guarantees.md").read_text()
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text)
    assert len(named) > 25
    for file, name in named:
        assert (ROOT / file).is_file(), file
        assert not name or f"def {name}(" in (ROOT / file).read_text(), f"{file}::{name}"


def test_each_guarantee_names_its_test() -> None:
    """A bold outage without a test under it is a promise without evidence."""
    text = (ROOT / "docs" / "guarantees.md").read_text().split("\n## ", 1)[1]
    outages = re.findall(r"^\*\*.*?(?=^\*\*|^## |\Z)", text, flags=re.M | re.S)
    assert len(outages) > 15
    assert [outage[:50] for outage in outages if "`tests/" not in outage] == []
