"""Does the gateway know what time it is."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clockwork import (
    BACK_MS,
    CLOCK_WAIT_MS,
    LONGEST_CUT_MS,
    SHOWN_MS,
    STEP_MS,
    UNSET_BEFORE,
    ClockMemory,
    Verdict,
    Watch,
)
from tests.gateway.bench import HOUR, NOON

BOOT, NEXT = "c0000001", "c0000002"


def watch(**memory: Any) -> Watch:
    """One that has seen noon when its boot was an hour old."""
    return Watch(ClockMemory(**{"floor": NOON, "boot": BOOT, "up": HOUR, **memory}))


# ---- known ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("synced", [True, None])
def test_a_clock_that_goes_on_is_sure(synced: bool | None) -> None:
    one = watch()
    assert one.look(NOON + 5_000, HOUR + 5_000, BOOT, synced) == Verdict(
        "sure", NOON + 5_000, NOON + 5_000
    )
    assert (one.memory.floor, one.memory.up) == (NOON + 5_000, HOUR + 5_000)


def test_a_new_journal_has_nothing_to_doubt() -> None:
    assert Watch(ClockMemory()).look(NOON, 5, BOOT, None).certainty == "sure"


def test_what_the_network_confirms_is_sure_also_behind_what_was_seen() -> None:
    """Then the time before was wrong."""
    one = watch()
    assert one.look(NOON - 9 * HOUR, 2 * HOUR, BOOT, True).certainty == "sure"
    assert one.memory.floor == NOON - 9 * HOUR


def test_a_time_service_that_falls_silent_later_takes_nothing_back() -> None:
    one = watch()
    one.look(NOON, HOUR, BOOT, True)
    assert one.look(NOON + HOUR, 2 * HOUR, BOOT, False).certainty == "sure"


# ---- in doubt ------------------------------------------------------------------------------------
@pytest.mark.parametrize("synced", [True, False, None])
@pytest.mark.parametrize("now", [0, 1, UNSET_BEFORE - 1])
def test_a_clock_that_was_never_set_is_never_sure(now: int, synced: bool | None) -> None:
    assert watch().look(now, 5, NEXT, synced).certainty == "waiting"


def test_after_a_power_cut_it_waits_for_the_time_service() -> None:
    one = watch(synced=True)
    assert one.look(NOON + HOUR, 5_000, NEXT, False).certainty == "waiting"
    assert one.look(NOON + 9 * HOUR, 6_000, NEXT, True).certainty == "sure"


@pytest.mark.parametrize(("behind", "certainty"), [(BACK_MS, "sure"), (BACK_MS + 1, "waiting")])
def test_a_clock_that_was_set_back_is_in_doubt(behind: int, certainty: str) -> None:
    """By the time that has gone by: the monotonic clock tells how much."""
    found = watch().look(NOON + HOUR - behind, 2 * HOUR, BOOT, None)
    assert found.certainty == certainty


def test_after_a_power_cut_the_time_since_then_has_gone_by_at_least() -> None:
    found = watch().look(NOON, 120_000, NEXT, None)
    assert (found.certainty, found.now) == ("waiting", NOON + 120_000)


def test_the_doubt_ends_after_ten_minutes_with_the_best_estimate() -> None:
    one = watch()
    assert one.look(1_000, 0, NEXT, False).certainty == "waiting"
    assert one.look(1_000, CLOCK_WAIT_MS - 1, NEXT, False).certainty == "waiting"
    found = one.look(1_000, CLOCK_WAIT_MS, NEXT, False)
    assert found[:2] == ("accepted", NOON + CLOCK_WAIT_MS)
    assert found.latest == found.now + LONGEST_CUT_MS


def test_a_restart_of_the_program_does_not_begin_the_wait_again() -> None:
    one = watch()
    one.look(1_000, 0, NEXT, False)
    again = Watch(msgspec.json.decode(msgspec.json.encode(one.memory), type=ClockMemory))
    assert again.look(1_000, CLOCK_WAIT_MS, NEXT, False).certainty == "accepted"


def test_without_any_date_it_waits_on() -> None:
    """A first start without a network: no month would be right."""
    one = Watch(ClockMemory())
    assert one.look(0, 0, BOOT, None).certainty == "waiting"
    assert one.look(0, 100 * HOUR, BOOT, None).certainty == "waiting"
    assert one.look(NOON, 100 * HOUR + 1, BOOT, None).certainty == "sure"


# ---- what is shown -------------------------------------------------------------------------------
def test_a_doubt_is_shown_with_its_reason_and_what_it_holds() -> None:
    one = watch()
    found = one.look(0, 5, NEXT, False)
    assert one.fault(found, 5, 12) == "clock: never set; holding 12 records, giving no numbers"
    found = one.look(NOON, 6, NEXT, False)
    assert "not set since the power came back; holding 12" in one.fault(found, 6, 12)
    found = one.look(NOON, CLOCK_WAIT_MS + 5, NEXT, False)
    assert one.fault(found, 6, 0).endswith("back; records count without a time of day")


@pytest.mark.parametrize(("by", "shown"), [(STEP_MS, ""), (-STEP_MS, ""), (STEP_MS + 500, "+2 s")])
def test_a_step_is_noticed_once_and_shown_for_an_hour(by: int, shown: str) -> None:
    one = watch()
    one.look(NOON, HOUR, BOOT, None)
    found = [one.look(NOON + by + i, HOUR + i, BOOT, None) for i in (1, 2)]
    assert [f.stepped for f in found] == [by if shown else 0, 0]
    assert one.fault(found[1], HOUR + SHOWN_MS, 0) == (shown and f"clock: stepped by {shown}")
    assert one.fault(found[1], HOUR + SHOWN_MS + 1, 0) == ""


def test_a_suspended_machine_has_not_stepped() -> None:
    one = watch()
    one.look(NOON, HOUR, BOOT, None)
    assert one.look(NOON + 9 * HOUR, 10 * HOUR, BOOT, None).stepped == 0


# ---- whatever the clocks do ----------------------------------------------------------------------
looks = st.lists(
    st.tuples(
        st.integers(0, 2 * CLOCK_WAIT_MS),  # how much time goes by
        st.one_of(st.just(0), st.integers(-40 * 24 * HOUR, 40 * 24 * HOUR), st.just(-NOON)),  # step
        st.sampled_from((True, False, None)),
        st.booleans(),  # a power cut
    ),
    min_size=1,
    max_size=30,
)


@given(looks, st.sampled_from((0, NOON - HOUR, NOON + 100 * HOUR)))
def test_it_is_never_sure_while_unset_and_no_wait_is_endless(
    looks: list[tuple[int, int, bool | None, bool]], floor: int
) -> None:
    one = Watch(ClockMemory(floor=floor))
    real, wrong, up, boots, doubt = NOON, 0, 0, 0, 0
    for gone, step, synced, cut in looks:
        real += gone
        up += gone
        wrong = wrong + step if step > -NOON else -real
        if cut:
            up, boots, doubt = 0, boots + 1, 0
        now = real + wrong
        before = one.memory.floor
        found = one.look(now, up, f"{boots:08x}", synced)
        assert found.now >= max(now, 0)
        assert found.latest == found.now + (0 if found.certainty == "sure" else LONGEST_CUT_MS)
        assert bool(found.reason) == (found.certainty != "sure")
        if found.certainty == "sure":
            assert now >= UNSET_BEFORE
            assert synced or now >= before - BACK_MS
            doubt = 0
        else:
            assert found.now >= before
            doubt = doubt or up + 1
            waited = up + 1 - doubt
            is_over = waited >= CLOCK_WAIT_MS and found.now >= UNSET_BEFORE
            assert found.certainty == ("accepted" if is_over else "waiting")
