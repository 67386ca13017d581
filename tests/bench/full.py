"""The hall that the queue is made for: 30 services, 20 desks with a clerk each, and its pages."""

from gateway.pages.access import hash_pin
from tests.bench.rig import SERVICES as FIRST

SERVICES, DESKS = 30, 20
PIN = "4711"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + "БГДЖ"


def full(port: int = 8080) -> str:
    """What such an office's config has beyond that of `Rig.office`. `port`: of the pages."""
    pin = hash_pin(PIN, bytes(16))
    lines = [f"[pages]\nport = {port}\n[queue]\nmost_overtaken = 3"]
    for n in range(len(FIRST), SERVICES):
        lines += [
            f'[[service]]\nid = "service-{n}"\nletter = "{_LETTERS[n]}"\ntitle = "Service {n}"'
        ]
    for n in range(DESKS):
        lines += [
            f'[[desk]]\nid = "{n + 1}"',
            f'[[clerk]]\nid = "c{n}"\nname = "Clerk {n}"\npin = "{pin}"',
        ]
    return "\n".join(lines) + "\n"
