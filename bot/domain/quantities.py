"""Numbers as people type them, brought to the unit of a KPI: 45%, 1,200 USD, 90 min, 2h 30m. Nothing is guessed."""

import re
from decimal import Decimal

from bot.domain.errors import InvalidInput
from bot.domain.kpis import Unit

MAX_TEXT = 64
MAX_LIST = 10_000
MAX_WHOLE = 9
MAX_DIGITS = 28
SMALLEST, LARGEST = -50, 20
"""The powers of ten between which a number is believed."""

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_PART = re.compile(r"(?P<number>\d+(?:\.\d+)?|\.\d+) ?(?P<unit>[a-z]+) ?", re.ASCII | re.IGNORECASE)
_SECONDS = {
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "min": Decimal(60),
    "h": Decimal(3600),
    "d": Decimal(86400),
    "wk": Decimal(604800),
}
_CALLED = {
    "ms": ("ms", "millisecond", "milliseconds"),
    "s": ("s", "sec", "secs", "second", "seconds"),
    "min": ("m", "min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "d": ("d", "day", "days"),
    "wk": ("w", "wk", "wks", "week", "weeks"),
    "mo": ("mo", "mos", "month", "months"),
}
_DURATION = {word: code for code, words in _CALLED.items() for word in words}
_RANK = {code: rank for rank, code in enumerate(_CALLED)}
_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD"})
_SYMBOLS = {"$": _DOLLARS, "€": frozenset({"EUR"}), "£": frozenset({"GBP"}), "¥": frozenset({"JPY", "CNY"})}
_MONEY = re.compile(
    r"(?P<before>[$€£¥]|[a-z]{3} ?)?(?P<number>[-+\d.,]+)(?P<after>[$€£¥]| ?[a-z]{3})?", re.ASCII | re.IGNORECASE
)
_RUN = re.compile(r"(?<![0-9.])[0-9.]++(?:,[0-9.]++)+")
_DECIMAL_COMMA = re.compile(r"[0-9]+,[0-9]+")
_THOUSANDS_OF_POINTS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_SPACED_THOUSANDS = re.compile(r"[0-9]{1,3}(?:\s[0-9]{3})+")
_UNIT_AFTER = re.compile(r" ?(?:[a-z]{1,12}|%)(?!\w)", re.ASCII | re.IGNORECASE)
_EXAMPLES = {"ratio": "0.45 or 45%", "pp": "0.4pp", "points100": "72", "count": "12"}


def read(text: str, unit: Unit) -> Decimal:
    """The number that a person typed, in `unit`: "45%" of a ratio is 0.45, "90 min" of hours 1.5.

    :raises InvalidInput: it is no finite number of a believable size, or is in a unit that does not turn into this one.
    """
    words = " ".join(text.replace("−", "-").replace("\u00a0", " ").split())
    if not words or len(words) > MAX_TEXT:
        raise _unreadable(text, unit)
    if _NUMBER.fullmatch(words):
        return _believable(Decimal(words.replace(",", "")), text)
    for reader in (_share, _duration, _money, _points):
        found = reader(words, unit)
        if found is not None:
            return _believable(found, text)
    raise _unreadable(text, unit)


def read_list(text: str, unit: Unit) -> tuple[Decimal, ...]:
    """The numbers that a person typed with commas, semicolons or spaces between: "4, 20, 12", "90 min; 2h" or "1h 30m 2h".

    :raises InvalidInput: one of them cannot be read or may as well be several, or there are too many.
    """
    _refuse_commas(text)
    items = [i.strip() for i in re.split(r"[,;\n]", text) if i.strip()]
    if len(items) == 1 and all(_NUMBER.fullmatch(i) for i in items[0].split()):
        _refuse_spaces(items[0])
        items = items[0].split()
    values = [v for i in items for v in _apart(i)]
    if not values:
        raise InvalidInput("The list is empty; write numbers with commas between, such as 4, 20, 12.")
    if len(values) > MAX_LIST:
        raise InvalidInput(f"The list has {len(values):,} numbers; give at most {MAX_LIST:,} at once.")
    return tuple(read(v, unit) for v in values)


def whole(text: str) -> int | None:
    """A whole number from 0 up to nine digits long, as it is typed; None: it is none."""
    word = text.strip()
    return int(word) if word.isdecimal() and len(word) <= MAX_WHOLE else None


def in_duration(number: Decimal, given: str, unit: Unit) -> Decimal | None:
    """`number` of the duration code `given`, in `unit`; None where one does not turn into the other.

    Months have no fixed length, and a business day is no 24 hours: neither is converted.
    """
    if given == unit.code:
        return number
    if given not in _SECONDS or unit.code not in _SECONDS:
        return None
    if unit.clock == "business" and {given, unit.code} & {"d", "wk"}:
        return None
    return number * _SECONDS[given] / _SECONDS[unit.code]


def _share(words: str, unit: Unit) -> Decimal | None:
    for suffix in ("%", " percent", "pp", " points"):
        number = words.lower().removesuffix(suffix).strip()
        if number != words.lower() and _NUMBER.fullmatch(number):
            kinds = ("ratio",) if suffix in ("%", " percent") else ("pp", "points100") if suffix == " points" else ("pp",)
            if unit.code not in kinds:
                raise InvalidInput(f"“{words}” is a share, but this is counted in {name(unit)}; write {_example(unit)}.")
            value = Decimal(number.replace(",", ""))
            return value if unit.code == "points100" else value / 100
    return None


def _duration(words: str, unit: Unit) -> Decimal | None:
    sign, rest = (-1, words[1:]) if words.startswith("-") else (1, words)
    durations = _durations(rest)
    if not durations:
        return None
    if len(durations) > 1:
        raise InvalidInput(f"“{words}” is several values, but only one is wanted; write one, larger units first, as in 1h 30m.")
    found = [in_duration(Decimal(n), code, unit) for n, code in durations[0]]
    if any(f is None for f in found):
        raise InvalidInput(f"“{words}” does not turn into {name(unit)}; write {_example(unit)}.")
    return sign * sum((f for f in found if f is not None), Decimal())


def _durations(words: str) -> list[list[tuple[str, str]]]:
    """The durations that stand side by side: each goes from larger units to smaller ones. None if anything else is there."""
    found: list[list[tuple[str, str]]] = []
    position, rank = 0, -1
    while position < len(words):
        part = _PART.match(words, position)
        code = _DURATION.get(part["unit"].lower()) if part else None
        if part is None or code is None:
            return []
        if _RANK[code] >= rank:
            found.append([])
        found[-1].append((part["number"], code))
        position, rank = part.end(), _RANK[code]
    return found


def _apart(item: str) -> list[str]:
    """The values of one item of a list: durations may stand side by side without a comma."""
    words = " ".join(item.split())
    sign, rest = ("-", words[1:]) if words.startswith("-") else ("", words)
    first, *others = [" ".join(n + code for n, code in d) for d in _durations(rest)] or [rest]
    return [sign + first, *others]


def _refuse_commas(text: str) -> None:
    """Insist on a space after a comma wherever the digits around it may be one number."""
    for run in _RUN.finditer(text):
        said = run[0].rstrip(".")
        one = _as_one(said)
        if one:
            after = _UNIT_AFTER.match(text, run.start() + len(said))
            raise _one_or_several(said, one, said.replace(",", ", "), after[0] if after else "")


def _refuse_spaces(item: str) -> None:
    if _SPACED_THOUSANDS.fullmatch(item):
        numbers = item.split()
        raise _one_or_several(" ".join(numbers), ["".join(numbers)], ", ".join(numbers), "")


def _as_one(run: str) -> list[str]:
    """The numbers that digits with commas between may be, where a comma is decimal or keeps thousands apart."""
    found = [run.replace(",", "")] if _THOUSANDS.fullmatch(run) else []
    if _DECIMAL_COMMA.fullmatch(run) or _THOUSANDS_OF_POINTS.fullmatch(run):
        found.append(run.replace(".", "").replace(",", "."))
    return found


def _one_or_several(said: str, one: list[str], several: str, unit: str) -> InvalidInput:
    numbers = " or ".join(_short(number + unit) for number in one)
    ways = f"write one as {numbers}, and several as {_short(several + unit)}"
    return InvalidInput(f"“{_short(said + unit)}” may be one number or several; {ways}.")


def _money(words: str, unit: Unit) -> Decimal | None:
    sign, rest = ("-", words[1:].strip()) if words.startswith("-") else ("", words)
    found = _MONEY.fullmatch(rest)
    if not found or not _NUMBER.fullmatch(sign + found["number"]):
        return None
    for given in (found["before"], found["after"]):
        currency = (given or "").strip().upper()
        if currency and unit.code not in _SYMBOLS.get(currency, {currency}):
            raise InvalidInput(f"“{words}” is in {currency}, but this is counted in {name(unit)}; convert it first.")
    return Decimal((sign + found["number"]).replace(",", ""))


def _points(words: str, unit: Unit) -> Decimal | None:
    number = words.removesuffix("/100").strip()
    if unit.code == "points100" and number != words and _NUMBER.fullmatch(number):
        return Decimal(number.replace(",", ""))
    return None


def _believable(number: Decimal, text: str) -> Decimal:
    if not number:
        return Decimal(0) if number.adjusted() < SMALLEST or number.adjusted() > LARGEST else abs(number)
    if not SMALLEST <= number.adjusted() <= LARGEST or len(number.normalize().as_tuple().digits) > MAX_DIGITS:
        raise InvalidInput(f"“{_short(text)}” is too large, too small or too long to be right; check its digits.")
    return number


def _unreadable(text: str, unit: Unit) -> InvalidInput:
    return InvalidInput(f"“{_short(text)}” is no number that can be recorded; write it plainly, such as {_example(unit)}.")


def _example(unit: Unit) -> str:
    if unit.code in _CALLED:
        return f"2.5 or 2.5 {unit.code}"
    if len(unit.code) == 3 and unit.code.isupper():
        return f"1200.50 or 1200.50 {unit.code}"
    return _EXAMPLES.get(unit.code, "12.5")


def name(unit: Unit) -> str:
    """What is counted, in words: "hours", "USD", "a share of 1"."""
    if unit.code in _CALLED:
        return "business " * (unit.clock == "business") + _CALLED[unit.code][-1]
    known = {"ratio": "a share of 1", "pp": "percentage points", "points100": "points out of 100", "count": "whole things"}
    return known.get(unit.code, unit.code if unit.code.isupper() else "plain numbers")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:39] + "…"
