"""What devices and the gateway say is wrong, in Ukrainian. Pure.

They say it in English, as a technician finds it in the logs and in this source. A page in Ukrainian
shows what stands here; what does not stays as it is, and is marked as English (WCAG 2.2, 3.1.2).
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

NO_TITLES: Mapping[str, str] = {}
_BETWEEN = "; "  # faults of one device, but also within some of them
_TEXTS = {"why", "what", "service", "name"}
_NESTED = _TEXTS - {"name"}
_LETTERS = re.compile("[A-Za-z]{2}")

# {why}, {what}: another of these texts, or an error in English. {service}: becomes its title.
# {name}: stays as it is. Any other: a number. The first text that fits is taken.
UKRAINIAN: Sequence[tuple[str, str]] = (
    # ---- the card of a device: firmware/common/node.py, program.py
    (
        "{why} (presses not taken: {n}, within {minutes} min)",
        "{why}; не прийнято натискань: {n} за {minutes} хв",
    ),
    ("the card is full", "карта пам’яті заповнена"),
    ("cannot write a record: {why}", "запис на карту пам’яті не вдається: {why}"),
    ("cannot tidy up the log: {why}", "журнал на карті пам’яті не вдається впорядкувати: {why}"),
    ("cannot read the log: {why}", "журнал на карті пам’яті не читається: {why}"),
    (
        "the card has {n} MB left for a log of up to {limit} MB: make room, or lower log_mb",
        "на карті пам’яті лишилося {n} МБ, а журналу може знадобитися до {limit} МБ: звільніть"
        " місце або зменште log_mb",
    ),
    ("the log is at its limit of {n} bytes", "журнал досяг своєї межі, {n} байтів"),
    # ---- buttons: firmware/ratingbox/panel.py, lid.py; firmware/dispenser/app.py, board.py
    ("the button of {service} is {why}", "кнопка послуги «{service}» {why}"),
    ("the button {service} is {why}", "кнопка «{service}» {why}"),
    ("satisfied", "Задоволені"),
    ("unsatisfied", "Не задоволені"),
    ("stuck", "заклинила"),
    ("held", "була натиснута вже під час увімкнення"),
    ("the lid is open", "кришка відкрита"),
    (
        "the {what} does not answer ({why}): are its plug and its supply right?",
        "{what} не відповідає ({why}): перевірте роз’єм і живлення",
    ),
    ("expander {name}", "розширювач кнопок {name}"),
    (
        "{name} has ended: restart the dispenser",
        "{name} зупинився: перезапустіть автомат талонів",
    ),
    # ---- what a Pico could not take: firmware/ratingbox/pico.py
    ("a message was dropped: {name}: {why}", "повідомлення відкинуто: {name}: {why}"),
    # ---- what the office says to its dispensers: firmware/dispenser/adoption.py
    (
        "setup: in use, but not kept for the next start: {why}",
        "налаштування діють, але для наступного запуску не збережені: {why}",
    ),
    (
        "setup refused: ticket.logo: {why}. Use another picture.",
        "налаштування не прийняті: ticket.logo: {why}. Візьміть інший малюнок.",
    ),
    ("setup refused: {why}", "налаштування не прийняті: {why}"),
    (
        "setup: the card cannot be read: {why}",
        "налаштування: карта пам’яті не читається: {why}",
    ),
    (
        "setup: damaged on the card; this dispenser's own until the office sends it",
        "налаштування на карті пам’яті пошкоджені: діють власні, доки підрозділ не надішле свої",
    ),
    # ---- the printer: firmware/dispenser/counter.py, status.py, printer.py, dialogue.py
    ("no ticket: cannot store its number: {why}", "талон не видано: номер не записується: {why}"),
    ("no ticket: {why}", "талон не видано: {why}"),
    ("printer: failed: {why}", "принтер не надрукував: {why}"),
    ("printer: unknown: {why}", "принтер: невідомо, чи надруковано: {why}"),
    ("printer: {why}", "принтер: {why}"),
    (
        "it does not answer: is it switched on? If it cannot answer, set printer.status = false",
        "не відповідає: чи він увімкнений? Якщо він не вміє відповідати, задайте"
        " printer.status = false",
    ),
    ("no paper", "немає паперу"),
    ("the cover is open", "кришка відкрита"),
    ("offline", "не готовий (offline)"),
    ("it reports an error: switch it off and on", "повідомляє про помилку: вимкніть і ввімкніть"),
    ("the paper is near its end", "папір закінчується"),
    ("the paper ended with this ticket", "на цьому талоні закінчився папір"),
    ("the printer still has the job before", "ще друкує попередній талон"),
    ("cannot make the ticket: {why}", "талон не вдається скласти: {why}"),
    (
        "the printer did not say in {n} s that it has done it",
        "за {n} с не повідомив, що надрукував",
    ),
    ("cannot read what was printed last: {why}", "не читається, що друкувалося востаннє: {why}"),
    # ---- the way to it: firmware/dispenser/transports.py
    ("{name} took nothing for {n} s", "{name} нічого не приймає вже {n} с"),
    ("{name} has gone: is its plug in?", "{name}: зник; перевірте його кабель"),
    (
        "{name} is in use: is the dispenser running? systemctl stop it first",
        "{name} зайнятий іншою програмою",
    ),
    ("{name} did not send all: timeout after {n} s", "{name}: не все надіслано за {n} с"),
    ("{name} took {taken} of {n} bytes in {s} s", "{name}: прийнято {taken} з {n} байтів за {s} с"),
    (
        "that USB device has nowhere to send to; is it the printer?",
        "цей USB-пристрій нічого не приймає: чи це принтер?",
    ),
    ("libusb is missing: apt install libusb-1.0-0", "немає libusb: apt install libusb-1.0-0"),
    ("no USB device {name}; look for the printer with lsusb", "немає USB-пристрою {name}"),
    ("{why}; pip install '.[dispenser]'", "{why}; pip install '.[dispenser]'"),
    # ---- the gateway: gateway/clockwork.py, wire/pump.py
    (
        "clock: {why}; holding {n} records, giving no numbers",
        "годинник шлюзу {why}; притримано записів: {n}, номери не видаються",
    ),
    (
        "clock: {why}; records count without a time of day",
        "годинник шлюзу {why}; записи рахуються без часу доби",
    ),
    ("clock: stepped by {s} s", "годинник шлюзу переведено на {s} с"),
    ("never set", "ще не встановлений"),
    ("not set since the power came back", "не встановлений, відколи з’явилося живлення"),
    ("{s} s behind what the journal has seen", "відстає від уже записаного на {s} с"),
    ("store: {why}", "журнал шлюзу не записується: {why}"),
    # ---- errors of Linux, SQLite and MicroPython that are met most
    ("no memory", "бракує оперативної пам’яті"),
    ("[Errno {n}] {why}", "{why} (помилка {n})"),
    ("No space left on device", "немає місця"),
    ("Input/output error", "помилка читання або запису"),
    ("Read-only file system", "лише для читання"),
    ("No such file or directory", "немає такого файлу"),
    ("Permission denied", "немає дозволу"),
    ("No such device", "немає такого пристрою"),
    ("Remote I/O error", "пристрій не відповідає"),
    ("Connection refused", "у з’єднанні відмовлено"),
    ("Connection reset by peer", "з’єднання розірвано"),
    ("Connection timed out", "немає відповіді"),
    ("timed out", "немає відповіді"),
    ("No route to host", "немає шляху мережею"),
    ("database or disk is full", "диск заповнений"),
    ("disk I/O error", "помилка диска"),
    ("attempt to write a readonly database", "лише для читання"),
)


class Run(NamedTuple):
    """A piece of a text. `lang`: of it, if it is not the page's; empty: it is."""

    text: str
    lang: str = ""


def fault_runs(fault: str, lang: str, titles: Mapping[str, str] = NO_TITLES) -> list[Run]:
    """A device's faults for a page in `lang`. `titles`: of services, by id."""
    if lang != "uk":
        return [Run(fault)]
    parts = fault.split(_BETWEEN)
    runs: list[Run] = []
    begin = 0
    while begin < len(parts):
        end, found = _first_known(parts, begin, titles)
        runs += [*([Run(_BETWEEN)] if begin else []), *found]
        begin = end
    return runs


def _first_known(
    parts: Sequence[str], begin: int, titles: Mapping[str, str]
) -> tuple[int, list[Run]]:
    """The first of several faults and where the next begins; the shortest that is known."""
    for end in range(begin + 1, len(parts) + 1):
        found = _translate(_BETWEEN.join(parts[begin:end]), titles)
        if found is not None:
            return end, found
    return begin + 1, [Run(parts[begin], "en")]


def _translate(text: str, titles: Mapping[str, str]) -> list[Run] | None:
    for pattern, pieces in _PATTERNS:
        match = pattern.fullmatch(text)
        if match is not None:
            return [
                run
                for piece, name in pieces
                for run in (Run(piece), *(_value(name, match[name], titles) if name else ()))
                if run.text
            ]
    return None


def _value(name: str, value: str, titles: Mapping[str, str]) -> list[Run]:
    if name == "service" and value in titles:
        return [Run(titles[value])]
    known = _translate(value, titles) if name in _NESTED else None
    if known is not None:
        return known
    is_english = name in ("why", "what") and _LETTERS.search(value)
    return [Run(value, "en" if is_english else "")]


Piece = tuple[str, str]  # a text, and the name of the value after it; empty: none


def _pieces(template: str) -> list[Piece]:
    parts = re.split(r"\{(\w+)\}", template)
    return list(zip(parts[::2], [*parts[1::2], ""], strict=True))


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(
        "".join(
            re.escape(text) + (f"(?P<{name}>{_form(name)})" if name else "")
            for text, name in _pieces(template)
        )
    )


def _form(name: str) -> str:
    return ".+?" if name in _TEXTS else r"[+-]?\d+"


_PATTERNS = [(_pattern(english), _pieces(ukrainian)) for english, ukrainian in UKRAINIAN]
