"""The time from the network. Runs under MicroPython too."""

import struct

from firmware.ratingbox.ntp import AGAIN_MS, ANSWER_MS, FIRST_MS, Ntp, read_answer

RUNS_ON_MICROPYTHON = True

COOKIE = b"12345678"
SECONDS = 3_999_000_000  # since 1900: September 2026
AT = (SECONDS - 2_208_988_800) * 1_000


def answer(
    cookie: bytes = COOKIE, head: int = 0x24, stratum: int = 2, seconds: int = SECONDS
) -> bytes:
    """A server's, half a second after `seconds`."""
    said = bytes([head, stratum]) + bytes(22) + cookie + bytes(8)
    return said + struct.pack("!II", seconds, 1 << 31)


class Network:
    """Takes questions; gives the answers that a test puts here. Is MicroPython's `socket`, too."""

    AF_INET = SOCK_DGRAM = 0

    def __init__(self) -> None:
        self.asked: "list[bytes]" = []
        self.answers: "list[bytes]" = []
        self.works = True
        self.opened = 0

    def getaddrinfo(self, host: str, port: int) -> "list[tuple[object, ...]]":
        return [(0, 0, 0, "", (host, port))]

    def socket(self, family: int, kind: int) -> "Network":
        self.opened += 1
        return self

    def setblocking(self, blocks: bool) -> None:
        assert not blocks

    def sendto(self, data: bytes, address: object) -> None:
        if not self.works:
            raise OSError(118)
        assert address == ("10.0.0.1", 123)
        self.asked.append(bytes(data))

    def recv(self, size: int) -> bytes:
        if not self.answers:
            raise OSError(11)
        return self.answers.pop(0)

    def close(self) -> None:
        self.opened -= 1


def test_the_time_is_that_of_the_answer_and_half_the_way() -> None:
    network = Network()
    ntp = Ntp("10.0.0.1", network, lambda size: COOKIE)
    assert ntp.step(1_000) is None
    assert network.asked[0][0] == 0x23
    assert network.asked[0][40:] == COOKIE
    assert ntp.step(1_010) is None
    network.answers.append(answer())
    assert ntp.step(1_040) == AT + 500 + 20
    assert ntp.known
    assert network.opened == 0
    assert ntp.step(1_040 + AGAIN_MS - 1) is None
    assert len(network.asked) == 1
    ntp.step(1_040 + AGAIN_MS)
    assert len(network.asked) == 2


def test_it_asks_again_until_it_knows_and_never_holds_a_socket_for_long() -> None:
    network = Network()
    ntp = Ntp("10.0.0.1", network, lambda size: COOKIE)
    ntp.step(0)
    ntp.step(ANSWER_MS + 1)
    assert network.opened == 0
    ntp.step(FIRST_MS)
    assert len(network.asked) == 2
    network.works = False
    ntp.step(FIRST_MS + ANSWER_MS + 1)
    ntp.step(2 * FIRST_MS)
    assert network.opened == 0
    assert not ntp.known


def test_what_is_no_answer_to_this_question_is_not_believed() -> None:
    assert read_answer(answer(), COOKIE) == AT + 500
    assert read_answer(answer(cookie=b"87654321"), COOKIE) is None
    assert read_answer(answer(head=0x23), COOKIE) is None  # a question
    assert read_answer(answer(head=0xE4), COOKIE) is None  # that server does not know either
    assert read_answer(answer(stratum=0), COOKIE) is None  # go away
    assert read_answer(answer(stratum=16), COOKIE) is None
    assert read_answer(answer()[:-1], COOKIE) is None
    assert read_answer(answer() + b"x", COOKIE) is None
    assert read_answer(b"", COOKIE) is None


def test_after_february_2036_the_seconds_begin_anew() -> None:
    assert read_answer(answer(seconds=10), COOKIE) == ((1 << 32) + 10 - 2_208_988_800) * 1_000 + 500
