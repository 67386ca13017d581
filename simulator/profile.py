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
    weight: float
    pleased: float


SERVICES = (
    ServiceProfile("residence", "А", "Реєстрація місця проживання", 14.0, 0.93),
    ServiceProfile("passport", "Б", "Паспорт громадянина України", 12.0, 0.90),
    ServiceProfile("travel-passport", "В", "Паспорт для виїзду за кордон", 10.0, 0.88),
    ServiceProfile("subsidy", "Г", "Житлова субсидія", 8.0, 0.84),
    ServiceProfile("real-estate", "Ґ", "Реєстрація прав на нерухомість", 7.0, 0.89),
    ServiceProfile("land", "Д", "Земельні питання", 6.0, 0.71),
    ServiceProfile("business", "Е", "Реєстрація підприємців", 5.5, 0.95),
    ServiceProfile("birth", "Є", "Допомога при народженні дитини", 5.0, 0.94),
    ServiceProfile("driver", "Ж", "Посвідчення водія", 4.5, 0.87),
    ServiceProfile("displaced", "З", "Довідка внутрішньо переміщеної особи", 4.0, 0.91),
    ServiceProfile("veteran", "И", "Послуги ветеранам", 3.5, 0.92),
    ServiceProfile("pension", "І", "Пенсійні питання", 3.0, 0.82),
    ServiceProfile("social-aid", "Ї", "Державна соціальна допомога", 2.8, 0.85),
    ServiceProfile("disability", "Й", "Послуги особам з інвалідністю", 2.4, 0.90),
    ServiceProfile("construction", "К", "Дозволи на будівництво", 2.2, 0.68),
    ServiceProfile("address", "Л", "Присвоєння адреси", 1.8, 0.80),
    ServiceProfile("vehicle", "М", "Реєстрація транспортних засобів", 1.6, 0.86),
    ServiceProfile("marriage", "Н", "Реєстрація шлюбу", 1.4, 0.97),
    ServiceProfile("family-aid", "О", "Допомога багатодітним сім'ям", 1.3, 0.93),
    ServiceProfile("archive", "П", "Архівні довідки", 1.2, 0.83),
    ServiceProfile("certificate", "Р", "Витяг про несудимість", 1.1, 0.94),
    ServiceProfile("tax", "С", "Податкові консультації", 1.0, 0.81),
    ServiceProfile("nonprofit", "Т", "Реєстрація громадських об'єднань", 0.8, 0.88),
    ServiceProfile("trade", "У", "Дозволи на торгівлю", 0.8, 0.77),
    ServiceProfile("green", "Ф", "Видалення зелених насаджень", 0.6, 0.74),
    ServiceProfile("advert", "Х", "Дозволи на зовнішню рекламу", 0.5, 0.76),
    ServiceProfile("transport", "Ц", "Пільговий проїзд", 0.5, 0.90),
    ServiceProfile("utilities", "Ч", "Комунальні питання", 0.4, 0.70),
    ServiceProfile("esign", "Ш", "Електронний підпис", 0.4, 0.96),
    ServiceProfile("consult", "Щ", "Консультація", 0.3, 0.92),
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

DISPENSERS = ("disp-1", "disp-2", "disp-3", "disp-4")
DESKS = {f"box-{i + 1}": service.id for i, service in enumerate(SERVICES[:10])}
"""Desk boxes: the ten busiest services have a desk of their own, with a box on it."""
EXITS = ("exit-1", "exit-2")
WEB = "web"
BOXES = (*DESKS, *EXITS, WEB)

VOTES = 0.52  # of the visitors, how many press a button
AT_DESK = 0.75  # of the voters who have been at a desk with a box: press there
ON_WEB = 0.06  # of the others: later, on the web page
AGAIN = 0.05  # press twice
HAMMER = 0.002  # go on pressing, with a child's perseverance


def channel(box: str) -> str:
    """The channel of a box."""
    if box == WEB:
        return "web"
    return "exit" if box in EXITS else "desk"
