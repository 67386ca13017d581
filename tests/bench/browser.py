"""A browser without a screen: asks a gateway's pages for things, and reads what they stream."""

import asyncio
from collections.abc import AsyncGenerator


async def pictures(port: int, path: str, cookie: str = "") -> AsyncGenerator[str, None]:
    """A live page's pictures, for as long as they come."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode()
    )
    try:
        status, _ = await head(reader)
        assert status == 200, status
        picture: list[str] = []
        while line := (await reader.readline()).decode():
            if line.startswith("data: "):
                picture.append(line[6:])
            elif line == "\n" and picture:
                yield "".join(picture)
                picture = []
    finally:
        writer.close()


async def head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Status and headers of an answer."""
    status = int((await reader.readline()).split()[1])
    headers = {}
    while (line := (await reader.readline()).decode().strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return status, headers


def post(port: int, path: str, body: str, cookie: str = "") -> bytes:
    """A form, as a page of this very site sends it."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHX-Request: true\r\n"
        f"Origin: http://127.0.0.1:{port}\r\nCookie: {cookie}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
