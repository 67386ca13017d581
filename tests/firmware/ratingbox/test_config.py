"""A rating box's config, and the wiring it stands for."""

import tomllib
from pathlib import Path

import pytest

from firmware.common.config import ConfigError
from firmware.ratingbox import config

ROOT = Path(__file__).parents[3]
GOOD = """
site = "kyiv-1"
node = "box-3"
data = "/var/lib/talon/ratingbox"
[broker]
host = "localhost"
"""


def read(folder: Path, text: str) -> config.Config:
    """Read a config of this text."""
    path = folder / "ratingbox.toml"
    path.write_text(text)
    return config.read(path)


def test_the_pins_are_those_of_the_wiring() -> None:
    """hardware/ratingbox/pins.toml and the defaults in code are the same."""
    wiring = tomllib.loads((ROOT / "hardware/ratingbox/pins.toml").read_text())
    assert {use: pin["gpio"] for use, pin in wiring.items()} == config.PINS


def test_the_example_is_right() -> None:
    """Every key of it is known, and its pins are the defaults."""
    assert config.read(ROOT / "docs/examples/ratingbox.toml").pins == config.PINS


def test_without_pins_the_wiring_is_the_usual_one(tmp_path: Path) -> None:
    """[pins] may be left out, or name only what differs."""
    assert read(tmp_path, GOOD).pins == config.PINS
    assert read(tmp_path, GOOD + "[pins]\nbuzzer = 25\n").pins == {**config.PINS, "buzzer": 25}


def test_one_pin_for_two_uses_is_refused_and_both_are_named(tmp_path: Path) -> None:
    """One owner per pin."""
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, GOOD + "[pins]\nbuzzer = 17\n")
    assert "pins.buzzer and pins.satisfied are both GPIO 17" in str(caught.value)


@pytest.mark.parametrize("pin", [0, 1, 28, -1])
def test_what_is_not_a_gpio_is_refused(tmp_path: Path, pin: int) -> None:
    """Only BCM 2 to 27 are on the header and free."""
    with pytest.raises(ConfigError, match="BCM number, 2 to 27"):
        read(tmp_path, GOOD + f"[pins]\nbuzzer = {pin}\n")


def test_a_misspelt_pin_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    """A typo must not leave a lamp on its default pin."""
    with pytest.raises(ConfigError, match="Did you mean 'satisfied_lamp'"):
        read(tmp_path, GOOD + "[pins]\nsatisfied_lmp = 5\n")


def test_the_log_has_a_limit_that_may_be_set(tmp_path: Path) -> None:
    """64 MB unless the config says otherwise."""
    assert read(tmp_path, GOOD).identity.log_bytes == 64 << 20
    assert read(tmp_path, "log_mb = 1\n" + GOOD).identity.log_bytes == 1 << 20


@pytest.mark.parametrize("value", ["0", "-5", "4097", "1.5", "true", '"64"'])
def test_a_limit_that_makes_no_sense_is_refused(tmp_path: Path, value: str) -> None:
    """With the key, and what may stand there."""
    with pytest.raises(ConfigError, match=r"log_mb = .* is not (1 to 4096|of type int)"):
        read(tmp_path, f"log_mb = {value}\n" + GOOD)
