"""What the page says of the city's figures."""

from collector.tally import FIELDS
from simulator.showroom.seen import Card
from simulator.showroom.views import Balance, City, TallyLine, balance, tally


def card(node: str, last: int, *presses: int) -> Card:
    return Card(node, "e" * 16, last, presses)


def sums(**fields: int) -> tuple[int, ...]:
    return tuple(fields.get(field, 0) for field in FIELDS["rating"])


def test_a_press_is_pending_until_the_city_has_its_number() -> None:
    """Counted, refused by reason, pending: all of them, and no other."""
    cards = (card("box-1", 5, 2, 3, 5), card("box-2", 2, 2), card("exit-1", 1))
    city = City(tops={"box-1": 3}, ratings={"counted": 1, "unarmed": 1})
    found = balance(cards, city)
    assert found == Balance(pressed=4, counted=1, refused={"unarmed": 1}, pending=2)
    assert found.balanced


def test_a_press_that_the_city_does_not_have_below_its_newest_does_not_balance() -> None:
    """Nothing is made to fit."""
    found = balance([card("box-1", 5, 2, 3)], City(tops={"box-1": 5}, ratings={"counted": 1}))
    assert (found.pressed, found.explained, found.balanced) == (2, 1, False)


def test_an_hours_tally_is_by_channel_with_the_newcomers_desk_apart() -> None:
    """Services of a desk are added up, channels never."""
    city = City(
        tallies=[
            (("residence", "1", "desk"), sums(satisfied=2, repeat=1)),
            (("-", "1", "desk"), sums(unarmed=3)),
            (("passport", "2", "desk"), sums(unsatisfied=1)),
            (("-", "-", "exit"), sums(satisfied=5, flood=4, unclocked=5)),
            (("-", "-", "web"), sums(unsatisfied=6)),
        ]
    )
    assert tally(city, "1") == (
        TallyLine("desk", 2, 0, 4),
        TallyLine("others", 0, 1, 0),
        TallyLine("exit", 5, 0, 4),
        TallyLine("web", 0, 6, 0),
    )


def test_an_hour_without_presses_has_its_lines_all_the_same() -> None:
    """Zeros, where something will stand."""
    assert [line.of for line in tally(City(), "1")] == ["desk", "others", "exit"]
