"""The virtual city's config files, written for a person to read and use with the real commands."""

from pathlib import Path

from simulator import profile


def write_configs(folder: Path, port: int) -> None:
    """Write office.toml and city.toml into `folder`."""
    (folder / "office.toml").write_text(_office(port), encoding="utf-8")
    (folder / "city.toml").write_text(_city(port), encoding="utf-8")


def _office(port: int) -> str:
    lines = [
        "# The virtual office. Written by talon-demo.",
        f'site = "{profile.SITE}"',
        f'name = "{profile.NAME}"',
        'data = "office"',
        f'timezone = "{profile.ZONE}"',
        "",
        "[broker]",
        'host = "127.0.0.1"',
        f"port = {port}",
        "",
        "# When it gives tickets. The demo may be played with at any time, so it does not say.",
        "# [hours]",
        *(f'# {day} = "{span}"' for day, span in profile.HOURS.items()),
    ]
    for service in profile.SERVICES:
        lines += [
            "",
            "[[service]]",
            f'id = "{service.id}"',
            f'letter = "{service.letter}"',
            f'title = "{service.title}"',
        ]
    for name in profile.DISPENSERS:
        lines += _device(name, "dispenser", f'mark = "{name[-1]}"')
    for number, (name, service_id) in enumerate(profile.DESKS.items(), 1):
        desk = (f'desk = "{number}"', f'service = "{service_id}"')
        lines += _device(name, "ratingbox", 'channel = "desk"', *desk)
    for name in profile.EXITS:
        lines += _device(name, "ratingbox", 'channel = "exit"')
    lines += _device(profile.WEB, "web", 'channel = "web"')
    return "\n".join(lines) + "\n"


def _device(name: str, kind: str, *more: str) -> list[str]:
    return ["", "[[device]]", f'node = "{name}"', f'kind = "{kind}"', *more]


def _city(port: int) -> str:
    lines = [
        "# The virtual city. Written by talon-demo.",
        'data = "city"',
        f'timezone = "{profile.ZONE}"',
        "",
        "[broker]",
        'host = "127.0.0.1"',
        f"port = {port}",
        "",
        "[[site]]",
        f'id = "{profile.SITE}"',
        f'name = "{profile.NAME}"',
        "",
        "[site.services]",
        *(f'{service.id} = "{service.title}"' for service in profile.SERVICES),
    ]
    return "\n".join(lines) + "\n"
