"""What is wrong with devices and gateway, in Ukrainian; whatever the source can say is known."""

import pytest

from gateway.pages.faults import UKRAINIAN, Run, fault_runs
from tests.gateway.pages import fault_texts

TITLES = {"land": "Земельні питання"}


def everything() -> set[str]:
    """All that can stand in a fault, with {} for its values."""
    printer = "firmware/dispenser"
    return (
        fault_texts.told("firmware/common", "firmware/dispenser", "firmware/ratingbox")
        | fault_texts.told("wire", "gateway")
        | fault_texts.constants(f"{printer}/status.py")
        | fault_texts.raised(f"{printer}/transports.py")
        | fault_texts.raised(f"{printer}/dialogue.py")
        | fault_texts.returned("gateway/clockwork.py", "fault")
        | fault_texts.returned("gateway/clockwork.py", "_doubt")
    )


@pytest.mark.parametrize("text", sorted(everything()))
def test_every_fault_that_the_source_can_tell_is_known_in_ukrainian(text: str) -> None:
    """A new one without its Ukrainian fails here, and names itself."""
    runs = fault_runs(text.replace("{}", "7"), "uk")
    assert all(not run.lang for run in runs), f"gateway/pages/faults.py has no {text!r}"


def test_the_texts_are_found_where_they_are_told() -> None:
    """So that the test above cannot pass because it finds nothing."""
    assert everything() >= {
        "the card is full",
        "the card is full (presses not taken: {}, within {} min)",
        "the button {} is {}",
        "the card has {} MB left for a log of up to {} MB: make room, or lower log_mb",
        "the {} does not answer ({}): are its plug and its supply right?",
        "the paper ended with this ticket",
        "the paper is near its end",
        "{} has gone: is its plug in?",
        "setup: damaged on the card; this dispenser's own until the office sends it",
        "clock: {}; holding {} records, giving no numbers",
        "not set since the power came back",
        "store: {}",
        "no ticket: printer: {}",
    }


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("printer: no paper", "принтер: немає паперу"),
        ("the button of land is stuck", "кнопка послуги «Земельні питання» заклинила"),
        ("the button of gone is stuck", "кнопка послуги «gone» заклинила"),
        (
            "the button satisfied is held",
            "кнопка «Задоволені» була натиснута вже під час увімкнення",
        ),
        (
            "the card is full (presses not taken: 12, within 3 min)",
            "карта пам’яті заповнена; не прийнято натискань: 12 за 3 хв",
        ),
        (
            "no ticket: printer: no paper (presses not taken: 1, within 1 min)",
            "талон не видано: принтер: немає паперу; не прийнято натискань: 1 за 1 хв",
        ),
        (
            "cannot write a record: [Errno 28] No space left on device",
            "запис на карту пам’яті не вдається: немає місця (помилка 28)",
        ),
        (
            "cannot write a record: [Errno 12] no memory",
            "запис на карту пам’яті не вдається: бракує оперативної пам’яті (помилка 12)",
        ),
        (
            "printer: 10.0.0.7:9100 took nothing for 2 s",
            "принтер: 10.0.0.7:9100 нічого не приймає вже 2 с",
        ),
        (
            "the expander 0x20 does not answer ([Errno 121] Remote I/O error): are its plug and"
            " its supply right?",
            "розширювач кнопок 0x20 не відповідає (пристрій не відповідає (помилка 121)):"
            " перевірте роз’єм і живлення",
        ),
        (
            "clock: 75 s behind what the journal has seen; holding 3 records, giving no numbers",
            "годинник шлюзу відстає від уже записаного на 75 с; притримано записів: 3, номери не"
            " видаються",
        ),
        ("clock: stepped by -7 s", "годинник шлюзу переведено на -7 с"),
    ],
)
def test_a_fault_is_told_with_its_values(fault: str, said: str) -> None:
    """Services by their titles, errors of the system in Ukrainian where they are known."""
    assert "".join(run.text for run in fault_runs(fault, "uk", TITLES)) == said


def test_several_faults_are_told_one_by_one() -> None:
    """Also where one of them has a semicolon of its own."""
    setup = "setup: damaged on the card; this dispenser's own until the office sends it"
    runs = fault_runs(f"the lid is open; {setup}; printer: offline", "uk")
    assert "".join(run.text for run in runs) == (
        "кришка відкрита; налаштування на карті пам’яті пошкоджені: діють власні, доки підрозділ не"
        " надішле свої; принтер: не готовий (offline)"
    )
    assert all(not run.lang for run in runs)


def test_what_nobody_has_translated_stays_and_says_that_it_is_english() -> None:
    """As a whole, or as a part of what is known."""
    assert fault_runs("the moon is full; the lid is open", "uk") == [
        Run("the moon is full", "en"),
        Run("; "),
        Run("кришка відкрита"),
    ]
    assert fault_runs("printer: on fire", "uk") == [Run("принтер: "), Run("on fire", "en")]


def test_the_english_page_says_it_as_the_device_does() -> None:
    """To the letter."""
    assert fault_runs("printer: no paper; on fire", "en") == [Run("printer: no paper; on fire")]


def test_no_text_is_hidden_by_another_and_none_stands_there_twice() -> None:
    """Each English text, with values, is translated by its own line."""
    for english, ukrainian in UKRAINIAN:
        runs = fault_runs(_filled(english), "uk")
        assert "".join(run.text for run in runs) == _filled(ukrainian), english


def _filled(template: str) -> str:
    names = ("why", "what", "service", "name")
    numbers = ("n", "minutes", "limit", "taken", "s")
    return template.format(**dict.fromkeys(names, "QQ"), **dict.fromkeys(numbers, "7"))
