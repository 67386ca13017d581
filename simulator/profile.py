"""The shape of a made-up office: its services, hours, desks, and how its visitors behave. Pure."""

from typing import NamedTuple

SITE = "tsnap-1"
NAME = "ЦНАП, вул. Прикладна, 1"
ZONE = "Europe/Kyiv"


class ServiceProfile(NamedTuple):
    """One service. `weight`: its part of the visits; `pleased`: of its voters, how many."""

    id: str
    letter: str
    title: str
    title_en: str
    weight: float
    pleased: float


SERVICES = (
    ServiceProfile(
        "residence", "А", "Реєстрація місця проживання", "Registration of residence", 14.0, 0.93
    ),
    ServiceProfile(
        "passport",
        "Б",
        "Паспорт громадянина України",
        "Passport of a citizen of Ukraine",
        12.0,
        0.90,
    ),
    ServiceProfile(
        "travel-passport",
        "В",
        "Паспорт для виїзду за кордон",
        "Passport for travel abroad",
        10.0,
        0.88,
    ),
    ServiceProfile("subsidy", "Г", "Житлова субсидія", "Housing subsidy", 8.0, 0.84),
    ServiceProfile(
        "real-estate",
        "Ґ",
        "Реєстрація прав на нерухомість",
        "Registration of real estate rights",
        7.0,
        0.89,
    ),
    ServiceProfile("land", "Д", "Земельні питання", "Land matters", 6.0, 0.71),
    ServiceProfile(
        "business", "Е", "Реєстрація підприємців", "Registration of entrepreneurs", 5.5, 0.95
    ),
    ServiceProfile("birth", "Є", "Допомога при народженні дитини", "Childbirth benefit", 5.0, 0.94),
    ServiceProfile("driver", "Ж", "Посвідчення водія", "Driving licence", 4.5, 0.87),
    ServiceProfile(
        "displaced",
        "З",
        "Довідка внутрішньо переміщеної особи",
        "Certificate of an internally displaced person",
        4.0,
        0.91,
    ),
    ServiceProfile("veteran", "И", "Послуги ветеранам", "Services for veterans", 3.5, 0.92),
    ServiceProfile("pension", "І", "Пенсійні питання", "Pension matters", 3.0, 0.82),
    ServiceProfile(
        "social-aid", "Ї", "Державна соціальна допомога", "State social assistance", 2.8, 0.85
    ),
    ServiceProfile(
        "disability",
        "Й",
        "Послуги особам з інвалідністю",
        "Services for persons with disabilities",
        2.4,
        0.90,
    ),
    ServiceProfile("construction", "К", "Дозволи на будівництво", "Building permits", 2.2, 0.68),
    ServiceProfile("address", "Л", "Присвоєння адреси", "Assignment of an address", 1.8, 0.80),
    ServiceProfile(
        "vehicle", "М", "Реєстрація транспортних засобів", "Vehicle registration", 1.6, 0.86
    ),
    ServiceProfile("marriage", "Н", "Реєстрація шлюбу", "Registration of marriage", 1.4, 0.97),
    ServiceProfile(
        "family-aid",
        "О",
        "Допомога багатодітним сім'ям",
        "Assistance for large families",
        1.3,
        0.93,
    ),
    ServiceProfile("archive", "П", "Архівні довідки", "Archive certificates", 1.2, 0.83),
    ServiceProfile(
        "certificate", "Р", "Витяг про несудимість", "Certificate of no criminal record", 1.1, 0.94
    ),
    ServiceProfile("tax", "С", "Податкові консультації", "Tax advice", 1.0, 0.81),
    ServiceProfile(
        "nonprofit",
        "Т",
        "Реєстрація громадських об'єднань",
        "Registration of associations",
        0.8,
        0.88,
    ),
    ServiceProfile("trade", "У", "Дозволи на торгівлю", "Trade permits", 0.8, 0.77),
    ServiceProfile("green", "Ф", "Видалення зелених насаджень", "Removal of greenery", 0.6, 0.74),
    ServiceProfile(
        "advert", "Х", "Дозволи на зовнішню рекламу", "Outdoor advertising permits", 0.5, 0.76
    ),
    ServiceProfile("transport", "Ц", "Пільговий проїзд", "Reduced fares", 0.5, 0.90),
    ServiceProfile("utilities", "Ч", "Комунальні питання", "Public utilities", 0.4, 0.70),
    ServiceProfile("esign", "Ш", "Електронний підпис", "Electronic signature", 0.4, 0.96),
    ServiceProfile("consult", "Щ", "Консультація", "Advice", 0.3, 0.92),
)

HOURS = {
    "mon": "08:00-17:00",
    "tue": "08:00-20:00",  # the late day
    "wed": "08:00-17:00",
    "thu": "08:00-17:00",
    "fri": "08:00-16:00",
    "sat": "09:00-14:00",
    "sun": "",
}

WEEKDAY = (1.15, 1.25, 1.0, 1.05, 0.95, 0.45, 0.0)
"""Visits per weekday, Monday first, as a part of `VISITS_A_DAY`."""

HOUR = {
    8: 0.7, 9: 1.2, 10: 1.5, 11: 1.4, 12: 1.0, 13: 0.5, 14: 1.0, 15: 1.2, 16: 1.0, 17: 0.9,
    18: 0.8, 19: 0.4,
}  # fmt: skip
"""How busy an hour is: a morning peak, the lunch dip, a smaller peak at three."""

VISITS_A_DAY = 1_020

SERVICE_MINUTES = 6.5  # median of a service

PIN = "1234"
PIN_HASH = (  # of PIN; the salt is no secret
    "scrypt$74616c6f6e2d64656d6f2d73616c7421$9731fdca024663cc30da212b253848532d3c49e82ee006085321024b9b7ee133"
)
CLERKS = (
    "Олена Коваль", "Марія Шевчук", "Ірина Бойко", "Наталія Ткаченко", "Оксана Кравець",
    "Тетяна Олійник", "Світлана Лисенко", "Юлія Марченко", "Галина Поліщук", "Людмила Савчук",
    "Андрій Мельник", "Сергій Бондаренко", "Олександр Гончар", "Василь Руденко", "Петро Мороз",
    "Ганна Павленко", "Віра Захарчук", "Надія Романюк", "Любов Клименко", "Зоя Литвин",
)  # fmt: skip
"""Who works at the desks 1, 2, …; each with `PIN`."""
FIRST_DESK = "1"
MANAGER = "Ольга Гнатюк"

DISPENSERS = ("disp-1", "disp-2", "disp-3", "disp-4")
DESKS = {f"box-{i + 1}": service.id for i, service in enumerate(SERVICES[:10])}
"""Desk boxes: the ten busiest services have a desk of their own, with a box on it."""
EXITS = ("exit-1", "exit-2")
WEB = "web"
BOX_AT = {str(n): box for n, box in enumerate(DESKS, 1)}
"""The box of each desk that has one."""
BOXES = (*DESKS, *EXITS, WEB)
DESK_SERVICES: dict[str, tuple[str, ...]] = {
    str(n): tuple(one.id for one in SERVICES[n - 1 :: 10]) if n <= len(DESKS) else ()
    for n in range(1, len(CLERKS) + 1)
}
"""What is served at which desk. The desks with a box have one of the busiest services and two that
are asked for less; at the others everything is."""

PATIENCE_MINUTES = 75  # median; who is not called by then goes home
STEPS_OUT = 0.03  # of the visitors: are not there when they are called, and come back
LACKS_A_PAPER = 0.03  # have to fetch it while they are being served

VOTES = 0.52  # of the visitors, who were served, how many press a button
AT_DESK = 0.75  # of the voters who have been at a desk with a box: press there
ON_WEB = 0.06  # of the others: later, on the web page
AGAIN = 0.05  # press twice
HAMMER = 0.002  # go on pressing, with a child's perseverance


def channel(box: str) -> str:
    """The channel of a box."""
    if box == WEB:
        return "web"
    return "exit" if box in EXITS else "desk"
