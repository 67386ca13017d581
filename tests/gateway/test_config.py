"""Every refusal of an office config names file, key and remedy."""

from pathlib import Path

import pytest

from gateway.config import read_office
from wire.config import ConfigError

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
GOOD = """\
site = "kyiv-1"
name = "ЦНАП"
data = "data"
timezone = "Europe/Kyiv"

[broker]
host = "127.0.0.1"

[hours]
mon = "08:00-17:00"
sun = ""

[[service]]
id = "passport"
letter = "А"
title = "Паспорт"

[[service]]
id = "subsidy"
letter = "Б"
title = "Субсидії"

[[device]]
node = "box-1"
kind = "ratingbox"
channel = "desk"
desk = "1"
service = "passport"

[[device]]
node = "disp-1"
kind = "dispenser"
mark = "1"

[[device]]
node = "disp-2"
kind = "dispenser"
mark = "2"
"""


def refusal(folder: Path, text: str | bytes) -> str:
    path = folder / "office.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigError) as caught:
        read_office(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: ")
    return said.removeprefix(f"{path}: ")


def test_a_sound_config_is_read_and_its_data_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "office.toml"
    path.write_text(GOOD, encoding="utf-8")
    config = read_office(path)
    assert config.journal_path() == tmp_path / "data" / "journal.db"
    assert [d.node for d in config.device] == ["box-1", "disp-1", "disp-2"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "П', 'tittle = "x"\ntitle = "П', "unknown key 'tittle'"),
        ('title = "П', 'tittle = "x"\ntitle = "П', "Did you mean 'title'?"),
        ("site =", "zzzzz = 1\nsite =", "unknown key 'zzzzz' in the top of the file. Remove it"),
        ('site = "kyiv-1"', "", "'site' is missing in the top of the file. Add site = "),
        ('letter = "Б"\n', "", "'letter' is missing in [service[1]]"),
        ('name = "ЦНАП"', "name = 3", "[name]: Expected `str`, got `int`"),
        ('kind = "ratingbox"', 'kind = "box"', "[device[0].kind]: Invalid enum value 'box'"),
        ('"kyiv-1"', '"Київ"', "site: 'Київ': a name is of a-z"),
        ('id = "subsidy"', 'id = "Sub"', "service[1].id: 'Sub': a name is of a-z"),
        ('node = "box-1"', 'node = ""', "device[0].node: '': a name has 1 to 32"),
        ('letter = "Б"', 'letter = "А"', "service[1].letter = 'А' is taken by service[0]"),
        ('letter = "Б"', 'letter = "АБ"', "service[1].letter = 'АБ'. It is one capital letter"),
        ('letter = "Б"', 'letter = "б"', "service[1].letter = 'б'. It is one capital letter"),
        ('letter = "Б"', 'letter = "A"', "service[1].letter: 'A' looks on paper like that of 'pa"),
        ('letter = "Б"', 'letter = "Ы"', "'Ы' is not one capital Ukrainian or Latin letter. For"),
        ('letter = "Б"', 'letter = "Б"\nlimit = 0', "[service[1].limit]: Expected `int` >= 1"),
        (
            'letter = "Б"',
            'letter = "Б"\nhours = {sat = "9"}',
            "service[1].hours.sat: '9' are no opening hours",
        ),
        (
            'letter = "Б"',
            'letter = "Б"\nhours = {Sat = ""}',
            "service[1].hours.Sat is no weekday",
        ),
        ("[broker]", '[ticket]\nshow = ["qr"]\n[broker]', "ticket.show: it has no 'number'"),
        ("[broker]", '[ticket]\nlanguages = ["ru"]\n[broker]', "Invalid enum value 'ru'"),
        ("[broker]", '[ticket]\nqr = "{id}"\n[broker]', "ticket.qr: {id} is not known"),
        ("[broker]", '[ticket]\nlogo = "no.png"\n[broker]', "no.png cannot be read"),
        ("[broker]", '[ticket]\nlogo = "office.toml"\n[broker]', "ticket.logo: it is no PNG"),
        ("[broker]", "[ticket]\nfooters = 1\n[broker]", "Did you mean 'footer'"),
        ('id = "subsidy"', 'id = "passport"', "service[1].id = 'passport' is taken by service[0]"),
        ('node = "disp-2"', 'node = "disp-1"', "device[2].node = 'disp-1' is taken by device[1]"),
        ('mark = "2"', 'mark = "1"', "device[2].mark = '1' is taken by device[1]. Each needs"),
        ('mark = "2"', "", 'device[2].mark is missing. Add mark = "1"'),
        ('node = "box-1"', 'node = "gateway"', "device[0].node = 'gateway'. That name is"),
        ('channel = "desk"', "", 'device[0].channel is missing. Add channel = "desk"'),
        ('service = "passport"', 'service = "x"', "device[0].service = 'x' is no service. One of"),
        ('desk = "1"', 'desk = "a b"', "device[0].desk = 'a b'. 1 to 64 characters; no spaces"),
        ('desk = "1"', 'desk = "a\u00a0b"', "device[0].desk"),
        ('desk = "1"', f'desk = "{"9" * 65}"', "device[0].desk"),
        ("08:00-17:00", "8-17", "hours.mon: '8-17' are no opening hours. Write"),
        ("08:00-17:00", "17:00-08:00", "hours.mon: '17:00-08:00' are no opening hours"),
        ("08:00-17:00", "08:00-24:00", "hours.mon: '08:00-24:00' are no"),
        ("sun =", "sunday =", "hours.sunday is no weekday. One of: mon, tue"),
        (
            "Europe/Kyiv",
            "Europe/Kiyv",
            "timezone: 'Europe/Kiyv' is not known. For ex",
        ),
        ("Europe/Kyiv", "Europe", "timezone: 'Europe' is not known"),
        ("Europe/Kyiv", "", "timezone: '' is not known"),
        ("[broker]", "[broker", "is not TOML: "),
    ],
)
def test_a_refusal_names_key_and_remedy(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    assert said in refusal(tmp_path, GOOD.replace(old, new, 1))


def test_a_config_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    line = GOOD[: GOOD.index("ЦНАП")].count("\n") + 1
    assert refusal(tmp_path, GOOD.encode("cp1251")) == (
        f"is no text in UTF-8: byte 0xd6 in line {line}. Check --config, or save it as UTF-8."
    )


def test_the_config_of_another_program_is_called_that(tmp_path: Path) -> None:
    """It has no line to be mended."""
    for example, owner in (("city", "talon-collector"), ("ratingbox", "a device")):
        assert refusal(tmp_path, (EXAMPLES / f"{example}.toml").read_bytes()) == (
            f"is the config of {owner}, not of talon-gateway. Check --config."
        )


def test_a_config_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none.toml: cannot be read .* Check --config"):
        read_office(tmp_path / "none.toml")
