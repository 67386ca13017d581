"""Who is next at a desk."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.queue.choice import Fairness, Waiting, choose, eligible, overtakes
from gateway.queue.visit import Visit, begin

RULES = Fairness(most_overtaken=2)


def waiting(id_: str, at: int, rank: int = 1, overtaken: int = 0, reserved: str = "") -> Waiting:
    visit = begin(id_, id_, "address", at, rank)
    if reserved:
        visit = Visit(id=id_, number=id_, service="address", at=at, rank=rank, reserved=reserved)
    return Waiting(visit, overtaken)


def next_of(*found: Waiting) -> str:
    chosen = choose(found, RULES)
    return chosen.visit.id if chosen else ""


def test_the_oldest_ticket_is_next() -> None:
    """Among equals."""
    assert next_of(waiting("b", 2), waiting("a", 1), waiting("c", 3)) == "a"


def test_a_higher_class_goes_before_an_older_ticket() -> None:
    """Class 0 is the first."""
    assert next_of(waiting("old", 1, rank=1), waiting("veteran", 2, rank=0)) == "veteran"


def test_who_was_overtaken_often_enough_goes_before_any_class() -> None:
    """So nobody waits for ever."""
    assert next_of(waiting("old", 1, rank=1, overtaken=2), waiting("vet", 2, rank=0)) == "old"


def test_who_comes_back_to_a_desk_is_next_there() -> None:
    """The clerk has begun with them already."""
    back = waiting("back", 9, rank=1, reserved="1")
    assert next_of(waiting("old", 1, overtaken=2), back) == "back"


def ids(found: list[Waiting]) -> list[str]:
    return [one.visit.id for one in found]


def test_a_desk_calls_only_its_services_and_not_who_is_expected_elsewhere() -> None:
    """Unless it is the desk that expects them, whatever the service."""
    hall, open_ = [waiting("mine", 1), waiting("back", 2, reserved="2")], ["1", "2"]
    assert ids(eligible(hall, "1", ["address"], open_)) == ["mine"]
    assert ids(eligible(hall, "1", ["pass"], open_)) == []
    assert ids(eligible(hall, "2", ["pass"], open_)) == ["back"]


def test_who_comes_back_to_a_desk_that_is_not_open_is_next_at_any_that_serves_them() -> None:
    """Before all others, as at the desk that sent them; a desk of other services calls nobody."""
    hall = [waiting("old", 1, rank=0, overtaken=2), waiting("back", 9, reserved="2")]
    assert ids(eligible(hall, "1", ["address"], ["1"])) == ["old", "back"]
    assert ids(eligible(hall, "3", ["pass"], ["1", "3"])) == []
    assert next_of(*hall) == "back"


def test_nobody_waits_in_an_empty_hall() -> None:
    """Then there is no next one."""
    assert next_of() == ""


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.integers(0, 3), st.data())
def test_nobody_is_overtaken_more_often_than_the_rule_allows(
    ranks: list[int], most: int, data: st.DataObject
) -> None:
    """Whoever comes in whatever class, and however many: each is called in the end."""
    rules = Fairness(most_overtaken=most)
    hall: dict[str, Waiting] = {}
    coming = [begin(f"{n:03d}", str(n), "address", n, rank) for n, rank in enumerate(ranks)]
    called = []
    while coming or hall:
        if coming and (not hall or data.draw(st.booleans())):
            visit = coming.pop(0)
            hall[visit.id] = Waiting(visit)
            continue
        chosen = choose(list(hall.values()), rules)
        assert chosen is not None
        called.append(hall.pop(chosen.visit.id).visit)
        for id_, one in hall.items():
            if overtakes(chosen.visit, one):
                hall[id_] = Waiting(one.visit, one.overtaken + 1)
                assert hall[id_].overtaken <= most
    assert len(called) == len(ranks)
