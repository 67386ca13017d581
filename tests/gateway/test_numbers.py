"""Ticket numbers: in order, none twice, a visit's number fixed once."""

from gateway.numbers import Numbers


def numbers() -> Numbers:
    made = Numbers({"passport": "А", "subsidy": "Б"})
    made.begin("2026-10-26", [])
    return made


def test_each_service_has_its_own_series() -> None:
    series = numbers()
    given = [series.give(*ask)[0] for ask in (("v1", "passport"), ("v2", "subsidy"))]
    assert given == ["А001", "Б001"]


def test_numbers_are_given_in_order() -> None:
    series = numbers()
    assert [series.give(f"v{i}", "passport") for i in range(3)] == [
        ("А001", 1),
        ("А002", 2),
        ("А003", 3),
    ]


def test_a_visit_is_told_its_number_again() -> None:
    series = numbers()
    series.give("v1", "passport")
    assert (series.given("v1"), series.given("v2")) == ("А001", None)


def test_a_new_day_begins_at_one() -> None:
    series = numbers()
    series.give("v1", "passport")
    series.begin("2026-10-27", [])
    assert series.give("v2", "passport") == ("А001", 1)


def test_after_a_restart_the_series_goes_on() -> None:
    series = numbers()
    series.begin("2026-10-26", [("v9", "passport", 7), ("v1", "passport", 3)])
    assert series.given("v1") == "А003"
    assert series.give("v2", "passport") == ("А008", 8)


def test_past_999_a_number_gets_longer() -> None:
    assert numbers().text("passport", 1000) == "А1000"


def test_a_service_that_is_not_of_the_office_is_not_known() -> None:
    assert numbers().knows("passport") and not numbers().knows("pension")
