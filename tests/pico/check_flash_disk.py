"""The record log on LittleFS: power cuts, room and wear. Only under MicroPython."""

import os

import vfs

from firmware.common.filelog import FileLog
from firmware.common.flash_disk import FlashDisk
from simulator.disk import PowerCut
from simulator.pico.flash import BLOCK, ERASE_US, PROGRAM_US, FlashChip, no_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = "/flash"
SEGMENT = BLOCK  # as firmware.ratingbox.pico has it
LIMIT = 96 * BLOCK
CYCLES = 100_000  # that each block endures: W25Q16JV data sheet, features
PRESSES_A_DAY = 1_000
AT = 1_790_000_000_000


def mount(chip: FlashChip) -> None:
    """As MicroPython's `_boot.py` on the Pico does."""
    vfs.mount(vfs.VfsLfs2(chip, progsize=256), ROOT)


def new_card(blocks: int, spend: "Callable[[int], None]" = no_time) -> FlashChip:
    chip = FlashChip(blocks, spend)
    vfs.VfsLfs2.mkfs(chip, progsize=256)
    return chip


def press(number: int) -> bytes:
    """One a minute, more or less."""
    up = 5_000 + 60_000 * number + number * 7_919 % 1_000
    button = ("satisfied", "unsatisfied")[number % 2]
    return (
        '{"kind":"press","at":%d,"boot":"0a1b2c3d","up":%d,"button":"%s"}' % (AT + up, up, button)
    ).encode()


def open_log() -> FileLog:
    return FileLog(FlashDisk(ROOT + "/log"), lambda: "0123456789abcdef", SEGMENT, LIMIT, short=True)


def test_at_every_erase_and_every_program_a_cut_leaves_what_was_confirmed() -> None:
    """Before it, in the middle of it, and after it; over segments, short lines and pruning."""
    card = new_card(40)
    operation = 0
    while _goes_on(card, operation, 0.0):
        _goes_on(card, operation, 0.5)
        _goes_on(card, operation, 1.0)
        operation += 1
    assert operation > 80, operation


def _goes_on(card: FlashChip, operation: int, part: float) -> bool:
    """One run that is cut in that operation; False if there is no such operation any more."""
    chip = card.copy()
    mount(chip)
    chip.cut_power_at(operation, part)
    confirmed = [0, 0]  # first that must be there, last
    cut = False
    try:
        log = FileLog(FlashDisk(ROOT + "/log"), lambda: "0123456789abcdef", 400, 20_000, True)
        for number in range(1, 46):
            confirmed[1] = log.append(press(number))
            if number == 40:
                log.prune(30)
    except PowerCut:
        cut = True
    vfs.umount(ROOT)
    mount(chip.restore())
    found = FileLog(FlashDisk(ROOT + "/log"), lambda: "f" * 16, 400, 20_000, True)
    assert found.last in (confirmed[1], confirmed[1] + 1), (operation, part)
    assert found.oldest <= 31
    if found.last >= found.oldest:
        expected = [press(number) for number in range(found.oldest, found.last + 1)]
        assert found.read(found.oldest, 99, 1 << 20) == expected, (operation, part)
    found.append(press(found.last + 1))
    vfs.umount(ROOT)
    return cut


def test_a_file_whose_creation_was_cut_is_none_and_its_name_is_free() -> None:
    card = new_card(16)
    mount(card)
    disk = FlashDisk(ROOT + "/log")
    with open(ROOT + "/log/1.log", "wb"):
        pass
    assert disk.names() == []
    disk.create("1.log", b"talon")
    disk.append("1.log", b" 1")
    assert (disk.names(), disk.size("1.log"), disk.read("1.log", 5)) == (["1.log"], 7, b"talon")
    disk.remove("1.log")
    disk.remove("1.log")
    assert disk.names() == []
    with open(ROOT + "/log/2.log", "wb"):
        pass
    FlashDisk(ROOT + "/log")
    assert os.listdir(ROOT + "/log") == []
    vfs.umount(ROOT)


def test_twenty_thousand_presses_fit_beside_two_firmwares_and_wear_the_flash_for_decades() -> None:
    """The wear budget of firmware/ratingbox/README.md, measured; and how long a press waits."""
    took = [0]

    def spend(us: int) -> None:
        took[0] += us

    chip = new_card(212, spend)
    mount(chip)
    for slot in "ab":  # far more than a firmware is
        os.mkdir(ROOT + "/" + slot)
        for module in range(25):
            with open("%s/%s/%d.mpy" % (ROOT, slot, module), "wb") as file:
                file.write(bytes(4_000))
    log = open_log()
    before = sum(chip.erases)
    hottest = max(chip.erases)
    slowest = over_60 = over_100 = 0
    for number in range(1, 20_001):
        took[0] = 0
        log.append(press(number))
        slowest = max(slowest, took[0])
        over_60 += took[0] > 60_000
        over_100 += took[0] > 100_000
    each = (sum(chip.erases) - before) / 20_000
    years = CYCLES / (max(chip.erases) - hottest) * 20_000 / PRESSES_A_DAY / 365
    assert log.read(1, 3, 1 << 20) == [press(1), press(2), press(3)]
    assert log.last == 20_000
    assert each < 1.25
    assert years > 10
    assert slowest <= 3 * ERASE_US + 40 * PROGRAM_US
    assert over_60 < 2_000  # one in ten waits for a second erase
    assert over_100 < 20, over_100  # one in a thousand for a third
    vfs.umount(ROOT)
