"""Every refusal of a collector config names file, key and remedy."""

from pathlib import Path

import pytest

from collector.config import read_collector
from wire.config import ConfigError

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
GOOD = """\
data = "data"
timezone = "Europe/Kyiv"

[broker]
port = 1883

[[site]]
id = "kyiv-1"
name = "ЦНАП"

[site.services]
passport = "Паспорт"

[[site]]
id = "kyiv-2"
name = "ЦНАП 2"
"""


def test_a_sound_config_is_read_and_its_data_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "city.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert read_collector(path).ledger_path() == tmp_path / "data" / "ledger.db"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("timezone", "timezon", "unknown key 'timezon' in the top of the file. Did you mean 'time"),
        ("port", "prt", "unknown key 'prt' in [broker]. Did you mean 'port'?"),
        ('data = "data"', "", "'data' is missing in the top of the file"),
        ("1883", '"1883"', "[broker.port]: Expected `int`, got `str`"),
        ('"kyiv-2"', '"kyiv-1"', "site[1].id = 'kyiv-1' stands twice. Remove one"),
        ('"kyiv-2"', '"Kyiv"', "site[1].id: 'Kyiv': a name is of a-z"),
        ("Europe/Kyiv", "Kyiv", "timezone = 'Kyiv' is unknown"),
        ("Europe/Kyiv", "Europe", "timezone = 'Europe' is unknown"),
        ("[broker]", '[influx]\nurl = "x"\n[broker]', "[influx.url]"),
        ("[broker]", "[broker", "is not TOML"),
    ],
)
def test_a_refusal_names_file_key_and_remedy(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "city.toml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_collector(path)
    assert f"{path}: " in str(caught.value) and said in str(caught.value)


def test_an_offices_config_is_called_that(tmp_path: Path) -> None:
    """It has no line to be mended."""
    path = tmp_path / "office.toml"
    for example, owner in (("office", "talon-gateway"), ("dispenser", "a device")):
        path.write_bytes((EXAMPLES / f"{example}.toml").read_bytes())
        with pytest.raises(ConfigError) as caught:
            read_collector(path)
        said = f"{path}: is the config of {owner}, not of talon-collector. Check --config."
        assert str(caught.value) == said


def test_a_site_that_is_no_table_is_still_said_to_be_that(tmp_path: Path) -> None:
    """Of which program a half of a config is nobody can tell."""
    path = tmp_path / "city.toml"
    path.write_text("data = 1\nsite = 7\n[broker]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="Expected `str`, got `int`"):
        read_collector(path)
