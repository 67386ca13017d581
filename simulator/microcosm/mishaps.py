"""What goes wrong in a city, and when: all of it drawn from one seed.

Two disasters are not brought upon one run together, because nobody could tell afterwards what had
been there: a card put back and a gateway's disk lost (the gateway is the only one who knows that a
record of the older card has come before), and both the gateway's and the collector's disk lost.
"""

import random
from collections.abc import Callable, Sequence
from functools import partial

from simulator.microcosm.broker import CALM, Broker, Connection, Weather
from simulator.microcosm.clockwork import START
from simulator.microcosm.device import Device
from simulator.microcosm.fate import Fate, Point
from simulator.microcosm.gateway import VirtualGateway
from simulator.microcosm.influx import MOODS
from simulator.microcosm.world import World

LATEST_MS = 15_000  # how late a message may come
SWAP_MS = 2 * LATEST_MS + 5_000  # nobody swaps a card while messages of the old one are under way
_MILD = Weather(drop=0.05, twice=0.05, late=0.2, late_ms=2_000)
_ROUGH = Weather(drop=0.2, twice=0.2, late=0.5, late_ms=LATEST_MS)
_TWICE = Weather(drop=0.0, twice=1.0, late=1.0, late_ms=2_000)
_WEATHERS = (_MILD, _ROUGH, _TWICE)
_CLIMATES = (*(CALM,) * 8, *(_MILD,) * 4, *(_ROUGH,) * 3, _TWICE)
_SERVER_POINTS: tuple[Point, ...] = ("begin", "commit", "committed", "publish")
_DEVICE_POINTS: tuple[Point, ...] = ("write", "written", "publish")
_LEDGER_POINTS: tuple[Point, ...] = (*_SERVER_POINTS, "mark", "marked")

Mishap = Callable[[], None]


class Mishaps:
    """Draws a run's mishaps and brings them about."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stage = world.stage
        self._chance = random.Random(f"mishaps/{world.seed}")

    def schedule(self) -> None:
        """Put all of them into the world's clockwork."""
        chance = self._chance
        base = chance.choice(_CLIMATES)
        for broker in self._world.brokers:
            broker.climate = broker.weather = base
        length = self._world.ends - START
        for _ in range(chance.randint(2, 14)):
            self._stage.after(chance.randrange(length), chance.choice(self._everyday()))
        for _ in range(chance.randint(0, 3)):
            self._stage.after(chance.randrange(length), self._influx_is_moody)
        disaster = chance.choice(self._disasters())
        for _ in range(chance.randint(1, 2)):
            self._stage.after(chance.randrange(length // 2), disaster)

    def _everyday(self) -> Sequence[Mishap]:
        return (
            self._power_fails,
            self._power_fails_in_a_write,
            self._device_is_killed,
            self._card_is_full,
            self._card_stumbles,
            self._somebody_is_cut_off,
            self._somebody_is_cut_off,
            self._gateway_is_killed,
            self._gateway_is_killed,
            self._gateway_reboots,
            self._gateway_reboots,
            self._gateways_disk_refuses,
            self._collector_is_killed,
            self._collector_is_killed,
            self._collectors_disk_refuses,
            self._servers_are_slow,
            self._broker_restarts,
            self._weather_turns,
            self._influx_is_dropped,
        )

    def _disasters(self) -> Sequence[Mishap]:
        return (
            self._no_disaster,
            self._card_is_put_back,
            self._card_is_new,
            self._journal_is_gone,
            self._journal_is_older,
            self._ledger_is_older,
        )

    # Devices.

    def _device(self) -> Device:
        return self._chance.choice(self._world.devices)

    def _power_fails(self) -> None:
        device = self._device()
        device.knows_date = self._chance.random() < 0.7
        device.cut_power(self._ms(500, 20_000))

    def _power_fails_in_a_write(self) -> None:
        device = self._device()
        keep = self._chance.choice((0, self._chance.randrange(150), 10_000))
        self._tell(f"{device.name}: power will fail in a write, {keep} bytes stay")
        device.card.chip.cut_power_after(self._chance.randrange(3), keep)

    def _device_is_killed(self) -> None:
        device = self._device()
        self._kill(device.name, device.fate, _DEVICE_POINTS)

    def _card_is_full(self) -> None:
        device = self._device()
        room = self._chance.randrange(300)
        self._tell(f"{device.name}: {room} bytes left on the card")
        device.card.chip.fill_up(room)
        self._after(20_000, lambda: device.card.chip.make_room())

    def _card_stumbles(self) -> None:
        device = self._device()
        keep = self._chance.choice((0, self._chance.randrange(150), 10_000))
        self._tell(f"{device.name}: a write will fail, {keep} bytes stay")
        device.card.chip.stumble(keep, self._chance.randrange(3))

    def _card_is_put_back(self) -> None:
        device = self._device()
        image = device.card.image()
        self._tell(f"{device.name}: its card is copied")
        self._after(20_000, partial(self._swap, device, image))

    def _card_is_new(self) -> None:
        self._swap(self._device(), {})

    def _swap(self, device: Device, image: dict[str, bytes]) -> None:
        if self._stage.now + SWAP_MS < self._world.ends:
            device.cut_power(SWAP_MS)
            self._stage.after(SWAP_MS - 1, partial(device.swap_card, image))

    # Networks.

    def _somebody_is_cut_off(self) -> None:
        connection: Connection = self._chance.choice(self._world.connections())
        noticed, mended = self._ms(0, 20_000), self._ms(100, 25_000)
        self._tell(f"{connection.name} is cut off")
        connection.sever(noticed)
        self._stage.after(mended, connection.mend)

    def _broker_restarts(self) -> None:
        broker: Broker = self._chance.choice(self._world.brokers)
        forget = self._chance.random() < 0.5
        self._tell(f"broker {broker.name} restarts{', forgetful' if forget else ''}")
        broker.stop(forget)
        self._after(8_000, broker.start)

    def _weather_turns(self) -> None:
        broker: Broker = self._chance.choice(self._world.brokers)
        broker.weather = self._chance.choice(_WEATHERS)
        self._tell(f"broker {broker.name}: {broker.weather}")
        self._after(15_000, broker.clear_up)

    # Servers.

    def _gateway(self) -> VirtualGateway:
        return self._chance.choice(self._world.gateways)

    def _gateway_is_killed(self) -> None:
        gateway = self._gateway()
        self._kill(gateway.name, gateway.fate, _SERVER_POINTS)

    def _gateway_reboots(self) -> None:
        self._gateway().reboot(self._ms(0, 3_600_000), self._ms(0, 40_000))

    def _gateways_disk_refuses(self) -> None:
        self._refuse(self._gateway().fate)

    def _journal_is_gone(self) -> None:
        self._gateway().replace_journal(None)

    def _journal_is_older(self) -> None:
        gateway = self._gateway()
        copy = gateway.copy_journal()
        self._tell(f"{gateway.name}: its journal is copied")
        self._before_the_end(40_000, partial(gateway.replace_journal, copy))

    def _collector_is_killed(self) -> None:
        self._kill("collector", self._world.collector.fate, _LEDGER_POINTS)

    def _collectors_disk_refuses(self) -> None:
        self._refuse(self._world.collector.fate)

    def _ledger_is_older(self) -> None:
        collector = self._world.collector
        copy = collector.copy_ledger()
        self._tell("collector: its ledger is copied")
        self._before_the_end(40_000, partial(collector.restore_ledger, copy))

    def _servers_are_slow(self) -> None:
        gateway, collector = self._gateway(), self._world.collector
        self._tell("stores are slow")
        gateway.store_ms = collector.store_ms = self._ms(500, 4_000)

    def _influx_is_moody(self) -> None:
        self._world.collector.influx.mood = mood = self._chance.choice((*MOODS, "well"))
        self._tell(f"influx: {mood}")

    def _influx_is_dropped(self) -> None:
        self._tell("influx: its database is dropped")
        self._world.collector.influx.drop()

    def _no_disaster(self) -> None:
        """A run in which everything must be there in the end."""

    # Tools.

    def _kill(self, name: str, fate: Fate, points: Sequence[Point]) -> None:
        point, passings = self._chance.choice(points), self._chance.randrange(4)
        self._tell(f"{name} will die at {point!r} after {passings}")
        fate.kill_at(point, passings)

    def _refuse(self, fate: Fate) -> None:
        def take_again() -> None:
            fate.disk_refuses = False

        self._tell("a server's disk refuses")
        fate.disk_refuses = True
        self._after(12_000, take_again)

    def _ms(self, low: int, high: int) -> int:
        return self._chance.randint(low, high)

    def _after(self, most_ms: int, work: Callable[[], object]) -> None:
        def later() -> None:
            work()

        self._stage.after(self._ms(100, most_ms), later)

    def _before_the_end(self, most_ms: int, work: Callable[[], None]) -> None:
        left = self._world.ends - self._stage.now - 1
        self._stage.after(min(left, self._ms(100, most_ms)), work)

    def _tell(self, line: str) -> None:
        self._stage.tell(f"! {line}")
