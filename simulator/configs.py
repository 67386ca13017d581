"""The virtual city's config files, written for a person to read and use with the real commands."""

import json
from pathlib import Path

from simulator import profile


def write_configs(
    folder: Path, port: int, pages: int = 0, live: bool = False, framed_by: str = ""
) -> None:
    """Write office.toml and city.toml into `folder`. `port`: the broker's; `pages`: where the
    office's pages are, 0: it has no queue; `live`: visitors come one by one, so that their tickets
    can say how long they will wait; `framed_by`: the origin of the page that shows all of it."""
    (folder / "office.toml").write_text(_office(port, pages, live, framed_by), encoding="utf-8")
    (folder / "city.toml").write_text(_city(port), encoding="utf-8")


def _office(port: int, pages: int, live: bool, framed_by: str) -> str:
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
    if pages:
        lines += _queue(pages, live, framed_by)
    for service in profile.SERVICES:
        lines += [
            "",
            "[[service]]",
            f'id = "{service.id}"',
            f'letter = "{service.letter}"',
            f'title = "{service.title}"',
            f'title_en = "{service.title_en}"',
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


def _queue(pages: int, live: bool, framed_by: str) -> list[str]:
    more = ', "ahead", "wait", "qr"' if live else ""  # a QR takes longer to draw than all the rest
    lines = [
        "",
        "[ticket]",
        f'show = ["office", "number", "service", "time"{more}, "footer"]',
        f'qr = "http://127.0.0.1:{pages}/t/{{visit}}"',
        'footer = "Збережіть талон до кінця обслуговування"',
        "",
        "[queue]",
        'evening = "23:59"',
        "",
        "[queue.minutes]",
        *(f"{service.id} = {profile.SERVICE_MINUTES}" for service in profile.SERVICES),
        "",
        "[pages]",
        f"port = {pages}",
        *([f'framed_by = ["{framed_by}"]'] if framed_by else []),
    ]
    kept = (
        profile.DESK_SERVICES[profile.FIRST_DESK] if live else ()
    )  # for whoever plays at the first desk
    others = tuple(one.id for one in profile.SERVICES if one.id not in kept) if live else ()
    for desk, of in profile.DESK_SERVICES.items():
        services = of or others
        lines += ["", "[[desk]]", f'id = "{desk}"']
        if services:
            lines.append(f"services = {json.dumps(services)}")
    lines += ["", f"# The PIN of everybody is {profile.PIN}."]
    for number, name in enumerate(profile.CLERKS, 1):
        lines += _clerk(f"clerk-{number}", name, "clerk")
    return lines + _clerk("manager", profile.MANAGER, "manager")


def _clerk(id_: str, name: str, role: str) -> list[str]:
    pin = f'pin = "{profile.PIN_HASH}"'
    return ["", "[[clerk]]", f'id = "{id_}"', f'name = "{name}"', pin, f'role = "{role}"']


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
