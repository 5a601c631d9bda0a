"""Figures as text, the same everywhere: units, intervals, changes and sparklines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

from bot.domain.figures import Comparison, Interval
from bot.domain.kpis import Unit

NO_VALUE = "no value"
"""What stands where a figure could not be computed: never 0."""

_ISO_4217 = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP "
    "CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF "
    "IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD "
    "MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB "
    "RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD "
    "UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"
)
_WITHOUT_CENTS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_WITH_MILS = "BHD IQD JOD KWD LYD OMR TND"
_CURRENCIES = frozenset(_ISO_4217.split())
_PLACES = dict.fromkeys(_CURRENCIES, 2) | dict.fromkeys(_WITHOUT_CENTS.split(), 0) | dict.fromkeys(_WITH_MILS.split(), 3)
_DURATIONS = ("ms", "s", "min", "h", "d", "wk", "mo")
_CODES = {
    "ratio": "a share of 1, shown as a percentage",
    "pp": "a difference of two shares, kept as a share of 1, shown in percentage points",
    "count": "how many",
    "index": "a number without a unit",
    "pvalue": "the probability of a statistical test",
    "points100": "points out of 100",
    "ms": "milliseconds",
    "s": "seconds",
    "min": "minutes",
    "h": "hours",
    "d": "days",
    "wk": "weeks",
    "mo": "months",
}
_ROUND = Context(prec=80, rounding=ROUND_HALF_UP)
_HUGE = Decimal("1e15")
_BLOCKS = "▁▂▃▄▅▆▇█"
_GAP = "·"


def unit_codes() -> dict[str, str]:
    """Every code that a unit may have, with what it means; the ISO 4217 currencies included."""
    return _CODES | dict.fromkeys(sorted(_CURRENCIES), "money, by its ISO 4217 code")


def is_money(unit: Unit) -> bool:
    """Whether the unit is a currency of ISO 4217."""
    return unit.code in _CURRENCIES


@dataclass(frozen=True, slots=True)
class _Style:
    """How one unit is written: the number is multiplied, rounded and followed by `suffix`. `places` None: by its size."""

    scale: int
    places: int | None
    suffix: str
    signed: bool = False
    significant: int = 0


def value(number: Decimal | None, unit: Unit) -> str:
    """The figure with its unit: "12.4%", "+0.40 pp", "126,000.00 USD", "6.2 h", "72/100"; "no value" for None."""
    if number is None or not number.is_finite():
        return NO_VALUE
    style = _style(unit)
    return _number(number, style, signed=style.signed) + style.suffix


def limit(number: Decimal, unit: Unit) -> str:
    """A target or threshold with its unit, in as many digits as it has: "90%", "99.95%", "2 h"."""
    style = _style(unit)
    return _exact(number, style.scale, signed=style.signed) + style.suffix


def limit_change(by: Decimal, unit: Unit | None) -> str:
    """A change that a target or threshold allows, in as many digits as it has: "-2 pp", "+5 h", or without a unit "+10%"."""
    if unit is None:
        return _exact(by, 100, signed=True) + "%"
    style = _difference_style(unit)
    return _exact(by, style.scale, signed=True) + style.suffix


def interval(found: Interval, unit: Unit) -> str:
    """The confidence interval with its level: "95% CI 76.4 to 99.1%"."""
    style = _style(unit)
    level = _plain(found.level * 100, None).rstrip("%")
    low, high = (_number(end, style, signed=style.signed) for end in (found.low, found.high))
    return f"{level}% CI {low} to {high}{style.suffix}"


def span(low: Decimal, high: Decimal, unit: Unit) -> str:
    """From one figure to another, the unit said once: "76.4 to 99.1%"."""
    style = _style(unit)
    return f"{_number(low, style, signed=style.signed)} to {_number(high, style, signed=style.signed)}{style.suffix}"


def change(found: Comparison, unit: Unit) -> str:
    """The change against a reference: "+3.1 h (+100.0%)", of a share "+0.40 pp (+20.0% on 2.0%)".

    A percentage of a percentage stands with its base, and of a difference of shares there is none: either would mislead.
    """
    if found.points == 0:
        return "no change"
    text = difference(found.points, unit)
    if found.relative is None or unit.code == "pp" or text.startswith("<"):
        return text
    on = f" on {value(found.reference, unit)}" if _is_percentage(unit) else ""
    return f"{text} ({relative(found.relative)}{on})"


def difference(points: Decimal, unit: Unit) -> str:
    """A change in the unit of the figure, with its sign; shares differ in percentage points."""
    style = _difference_style(unit)
    if _shows(text := _number(points, style, signed=True)):
        return text + style.suffix
    step = Decimal(1).scaleb(-(style.places or 0))
    return f"<{_plain(step, style.places)}{style.suffix} {'up' if points > 0 else 'down'}"


def relative(share: Decimal) -> str:
    """A relative change: "+20.0%", "-3.5%", "+350%"."""
    return _number(share, _Style(100, 1 if abs(share) < 1 else 0, "%"), signed=True) + "%"


def sparkline(values: Sequence[Decimal | float | None]) -> str:
    """The course of a series in block characters, lowest to highest; a dot where there is no value."""
    known = [float(v) for v in values if v is not None]
    if not known:
        return _GAP * len(values)
    low, spread = min(known), max(known) - min(known)
    if spread == 0:
        return "".join(_GAP if v is None else _BLOCKS[3] for v in values)
    return "".join(_GAP if v is None else _BLOCKS[min(7, int((float(v) - low) / spread * 8))] for v in values)


@lru_cache(maxsize=1024)
def _style(unit: Unit) -> _Style:
    found = re.search(r"(\+)?,?\.(\d+)([f%g])?", unit.display)
    signed = bool(found and found[1])
    places = int(found[2]) if found else None
    if found and found[3] == "g":
        return _Style(1, None, "", signed, significant=max(1, int(found[2])))
    match unit.code:
        case "ratio" if found and found[3] == "f":
            return _Style(1, places, "", signed)
        case "ratio":
            return _Style(100, 1 if places is None else places, "%", signed)
        case "pp":
            return _Style(100, 2 if places is None else places, " pp", signed=True)
        case "points100":
            return _Style(1, places or 0, "/100", signed)
        case "pvalue":
            return _Style(1, places, "", signed, significant=0 if found else 3)
        case "index":
            return _Style(1, 3 if places is None else places, "", signed)
        case code if code in _CURRENCIES:
            return _Style(1, _PLACES[code] if places is None else places, f" {code}", signed)
        case code:
            return _Style(1, places, f" {code}" if code in _DURATIONS else "", signed)


def _difference_style(unit: Unit) -> _Style:
    style = _style(unit)
    if _is_percentage(unit):
        return _Style(100, (style.places or 0) + 1, " pp")
    return _Style(1, style.places, " points") if unit.code == "points100" else style


def _exact(number: Decimal, scale: int, *, signed: bool) -> str:
    scaled = _ROUND.multiply(number, Decimal(scale)).normalize()
    exponent = scaled.as_tuple().exponent
    text = _plain(scaled, min(9, max(0, -exponent)) if isinstance(exponent, int) else 0)
    return f"+{text}" if signed and scaled > 0 else text


def _is_percentage(unit: Unit) -> bool:
    return unit.code == "ratio" and _style(unit).suffix == "%"


def _number(number: Decimal, style: _Style, signed: bool) -> str:
    scaled = _ROUND.multiply(number, Decimal(style.scale))
    text = _significant(scaled, style.significant) if style.significant else _plain(scaled, style.places)
    return f"+{text}" if signed and scaled > 0 and _shows(text) else text


def _shows(text: str) -> bool:
    """Whether anything but zeros is left after rounding."""
    return bool(text.strip("+-0.,"))


def _plain(number: Decimal, places: int | None) -> str:
    if abs(number) >= _HUGE:
        return f"{_ROUND.create_decimal(number):.3e}"
    if places is None and 0 < abs(number) < Decimal("1e-6"):
        return f"{number:.1e}"
    if places is None:
        places = _places(number)
    rounded = number.quantize(Decimal(1).scaleb(-places), context=_ROUND)
    return f"{abs(rounded) if rounded == 0 else rounded:,f}"


def _places(number: Decimal) -> int:
    if number == number.to_integral_value(context=_ROUND):
        return 0
    size = abs(number)
    if size >= 100:
        return 0
    return 1 if size >= 1 else min(6, 1 - size.adjusted())


def _significant(number: Decimal, digits: int) -> str:
    if number == 0:
        return "0"
    if abs(number) >= _HUGE or abs(number) < Decimal("0.0001"):
        return f"{number:.{digits - 1}e}".replace("e+", "e")
    return _plain(number, max(0, digits - 1 - number.adjusted()))
