"""The words and numbers of a report in Ukrainian or English: texts, dates, plural forms. Pure.

Every number, date and plural goes through Babel (CLDR). The patterns say what CLDR leaves open: one
digit after the comma of a percentage, a no-break space before %, a minus that is one.
"""

from datetime import date
from typing import Literal, get_args

from babel import Locale
from babel.dates import format_date, get_day_names, get_month_names
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from collector.analysis.histogram import Percentile
from collector.analysis.interval import Interval
from collector.report import texts_en, texts_uk

Lang = Literal["uk", "en"]
LANGS: tuple[Lang, ...] = get_args(Lang)

_LOCALES = {"uk": "uk", "en": "en_GB"}
_TEXTS = {"uk": texts_uk.TEXTS, "en": texts_en.TEXTS}
_PLURALS = {"uk": texts_uk.PLURALS, "en": texts_en.PLURALS}
_PERCENT = {"uk": "#,##0.0\u00a0%", "en": "#,##0.0%"}
_DASH = "–"
_MINUS = "\u2212"
_ROMAN = ("", "I", "II", "III", "IV")  # how quarters are counted in papers of state
_MINUTE_S = 60
_HOUR_S = 3600


class Words:
    """The language of one report. `words("key", name=…)` is a text; KeyError for none."""

    def __init__(self, lang: Lang) -> None:
        self.lang: Lang = lang
        self.locale = Locale.parse(_LOCALES[lang])
        self._texts = _TEXTS[lang]
        self._plurals = _PLURALS[lang]

    def __call__(self, key: str, **values: str) -> str:
        """The text of `key`, filled in."""
        text = self._texts[key]
        return text.format(**values) if values else text

    def name(self, kind: str, key: str) -> str:
        """What a key of the data is called (`channel`, `refusal`, …); itself if nobody named it."""
        if key == "-":
            return self._texts["not_stated"]
        return self._texts.get(f"{kind}_{key}", key)

    # ---- numbers ------------------------------------------------------------------------------
    def number(self, count: float, digits: int = 0) -> str:
        """A number with the thousands apart: 12 345 or 12,345."""
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return str(format_decimal(count, format=pattern, locale=self.locale))

    def count(self, what: str, count: int) -> str:
        """A number with its noun in the form that it asks for: 1 голос, 2 голоси, 5 голосів."""
        form = self.locale.plural_form(count)
        forms = self._plurals[what]
        return forms.get(form, forms["other"]).format(n=self.number(count))

    def percent(self, share: float) -> str:
        """A share from 0 to 1 as per cent."""
        return str(format_percent(share, format=_PERCENT[self.lang], locale=self.locale))

    def level(self, share: float) -> str:
        """A confidence, or a tick of an axis: per cent without what is not needed of it."""
        digits = 0 if abs(share * 100 - round(share * 100)) < 1e-6 else 1
        pattern = _PERCENT[self.lang] if digits else _PERCENT[self.lang].replace(".0", "")
        return str(format_percent(share, format=pattern, locale=self.locale))

    def between(self, interval: Interval) -> str:
        """Both ends of an interval of shares: 92,1–96,0 %."""
        low = self.number(interval.low * 100, 1)
        return f"{low}{_DASH}{self.percent(interval.high)}"

    def points(self, difference: float) -> str:
        """A difference of shares in percentage points, with its sign: +1,2 в. п."""
        return self("points", n=self.signed(difference * 100))

    def points_between(self, interval: Interval) -> str:
        """Both ends of an interval of differences, in percentage points."""
        ends = [end * 100 for end in (interval.low, interval.high)]
        # an end that is near nought must not look like nought: the verdict hangs on its side
        digits = 2 if any(0 < abs(end) < 0.05 for end in ends) else 1
        low, high = (self.signed(end, digits) for end in ends)
        return self("points_between", low=low, high=high)

    def signed(self, number: float, digits: int = 1) -> str:
        """A number that shows its sign; what is shown as nought has none."""
        shown = self.number(abs(number), digits)
        if shown == self.number(0, digits):
            return shown
        return ("+" if number > 0 else _MINUS) + shown

    # ---- time ---------------------------------------------------------------------------------
    def date(self, iso: str) -> str:
        """A day: 5 листопада 2026 р."""
        said = str(format_date(date.fromisoformat(iso), format="long", locale=self.locale))
        return said.replace(" ", "\u00a0")

    def period(self, name: str) -> str:
        """A month or quarter: жовтень 2026 року; IV квартал 2026 року."""
        return self._period(name, "stand-alone")

    def since(self, name: str) -> str:
        """The same as what a change is counted from: жовтня 2026 року."""
        return self._period(name, "format")

    def short_month(self, name: str) -> str:
        """The month alone, three or four letters, for an axis."""
        month = get_month_names("abbreviated", "stand-alone", self.locale)[int(name[5:7])]
        return str(month).rstrip(".")[:4]

    def weekday(self, number: int) -> str:
        """Monday is 1."""
        return str(get_day_names("wide", "stand-alone", self.locale)[number - 1])

    def short_weekday(self, number: int) -> str:
        """Monday is 1."""
        return str(get_day_names("abbreviated", "stand-alone", self.locale)[number - 1])

    def duration(self, seconds: float) -> str:
        """To the second below ten minutes, else to the minute."""
        whole = round(seconds)
        if whole < _MINUTE_S:
            return self._unit(whole, "second")
        if whole >= 10 * _MINUTE_S:
            whole = round(whole / _MINUTE_S) * _MINUTE_S
        hours, rest = divmod(whole, _HOUR_S)
        minutes, rest = divmod(rest, _MINUTE_S)
        parts = [(hours, "hour"), (minutes, "minute"), (rest, "second")]
        return "\u00a0".join(self._unit(count, unit) for count, unit in parts if count)

    def minutes(self, minutes: float) -> str:
        """A mean in minutes: 12,4 хв."""
        said = format_unit(minutes, "minute", length="short", format="#,##0.0", locale=self.locale)
        return str(said).replace(" ", "\u00a0")

    def minutes_between(self, interval: Interval) -> str:
        """Both ends of an interval of minutes: 11,0–13,8 хв."""
        return f"{self.number(interval.low, 1)}{_DASH}{self.minutes(interval.high)}"

    def percentile(self, found: Percentile) -> str:
        """A waiting time, or at least how long it was."""
        said = self.duration(found.value)
        return said if found.high is not None else self("at_least", time=said)

    def percentile_between(self, found: Percentile) -> str:
        """The edges between which the true one lies for certain."""
        if found.high is None:
            return self("or_more", time=self.duration(found.low))
        return f"{self.duration(found.low)} {_DASH} {self.duration(found.high)}"

    def _period(self, name: str, context: Literal["stand-alone", "format"]) -> str:
        year, part = name[:4], name[4:]
        if part.startswith("Q"):
            key = "quarter" if context == "stand-alone" else "quarter_since"
            return self(key, year=year, n=_ROMAN[int(part[1:])])
        month = get_month_names("wide", context, self.locale)[int(part[1:])]
        return self("month", year=year, month=str(month))

    def _unit(self, count: int, unit: str) -> str:
        said = format_unit(count, unit, length="short", locale=self.locale)
        return str(said).replace(" ", "\u00a0")
