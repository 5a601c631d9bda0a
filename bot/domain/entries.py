"""What a person gives for a KPI, checked and computed: inputs or a bare value, and the figures that follow."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.domain import formats, quantities
from bot.domain.errors import InvalidInput
from bot.domain.formulas import compiled, figures, kinds_of
from bot.domain.kpis import MAIN, Input, Kpi, Unit
from bot.domain.observations import Inputs

PLAIN, SHARE = Unit("index"), Unit("ratio")
"""What the inputs of a share are counted in: most are counts or amounts, some are shares themselves."""

NEAR, BEGINNING = 0.7, 3
"""How alike a known word is, from 0 to 1, that was probably meant; and of how many letters its beginning tells as much."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Inputs with the figures that follow from them.

    A bare value has no inputs, and so neither numerator, denominator nor n: no interval can be had for it.
    """

    inputs: Inputs
    figures: Mapping[str, Decimal | None]
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    n: int | None = None

    @property
    def bare(self) -> bool:
        """Whether the value was typed as it is, not computed."""
        return not self.inputs


def read_entry(kpi: Kpi, value: str, given: Mapping[str, str]) -> Entry:
    """The entry that a person typed: `value`, or `given` inputs by name.

    A value typed alone is the only input of the KPI's formula if that is a number; several numbers are, if that is a list.
    Otherwise it is kept as a bare value: a single number for a KPI of many durations may be anybody's mean of them.

    :raises InvalidInput: nothing, both or too little is given; a number cannot be read, or lies outside its limits.
    """
    typed = {name: text for name, text in given.items() if text.strip()}
    if value.strip() and typed:
        raise InvalidInput(f"Give either the value or its inputs ({_names(kpi)}), not both.")
    if value.strip():
        return _from_value(kpi, value)
    if not typed:
        raise InvalidInput(f"Say the value, or its inputs: {_names(kpi)}.")
    return computed(kpi, read_inputs(kpi, typed))


def read_inputs(kpi: Kpi, given: Mapping[str, str]) -> Inputs:
    """The inputs that a person typed, by name.

    :raises InvalidInput: one of them cannot be read.
    """
    return {i.name: _read(kpi, i, given[i.name]) for i in kpi.inputs if i.name in given}


def computed(kpi: Kpi, inputs: Inputs) -> Entry:
    """The entry that follows from `inputs`, after a look at their limits.

    :raises InvalidInput: an input that the formula needs is missing, or one lies outside its limits.
    """
    for wanted in kpi.inputs:
        if wanted.name in inputs:
            _check_limits(wanted, inputs[wanted.name])
    found = figures(kpi, inputs)
    missing = [n for n in compiled(kpi.formula, kinds_of(kpi.inputs)).names if n not in inputs]
    if found[MAIN] is None and missing:
        raise InvalidInput(f"{kpi.name} also needs {' and '.join(missing)}; add {' '.join(f'{m}=…' for m in missing)}.")
    numerator, denominator = (_number(inputs, kpi.estimator.numerator), _number(inputs, kpi.estimator.denominator))
    if kpi.unit.code == "ratio" and _is_share(kpi) and numerator is not None and denominator is not None:
        _check_share(kpi, numerator, denominator)
    return Entry(inputs, found, numerator, denominator, _n(kpi, inputs, denominator))


def check_group(kpi: Kpi, entry: Entry) -> None:
    """Insist on the KPI's least group.

    :raises InvalidInput: so few stand behind the figure that it would tell who said what.
    """
    if kpi.min_group and entry.n is not None and entry.n < kpi.min_group:
        raise InvalidInput(f"{kpi.name} is kept only for groups of {kpi.min_group} or more; {entry.n} would tell who is who.")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """ "Did you mean X?" for a known word that is very near or begins so, or else the list of what there is."""
    choices, typed = list(known), word[:80].lower()
    near = difflib.get_close_matches(typed, choices, n=1, cutoff=NEAR)
    near = near or [each for each in choices if len(typed) >= BEGINNING and each.startswith(typed)]
    if near:
        return f"Did you mean {near[0]}?"
    there = "There is" if len(choices) == 1 else "There are"
    return f"{there} {', '.join(choices)}." if choices else "It has none."


def _from_value(kpi: Kpi, text: str) -> Entry:
    read = compiled(kpi.formula, kinds_of(kpi.inputs)).names
    only = next(i for i in kpi.inputs if i.name == read[0]) if len(read) == 1 else None
    if only and only.kind == "list":
        numbers = quantities.read_list(text, kpi.unit)
        if len(numbers) > 1:
            return computed(kpi, {only.name: numbers})
        return _bare(kpi, numbers[0], only)
    number = quantities.read(text, kpi.unit)
    return computed(kpi, {only.name: number}) if only else _bare(kpi, number, None)


def _bare(kpi: Kpi, number: Decimal, only: Input | None) -> Entry:
    if only:
        _check_limits(only, number)
    if _is_share(kpi) and not 0 <= number <= 1:
        raise InvalidInput(f"{formats.value(number, kpi.unit)} is no share between 0% and 100%; write 0.45 or 45%.")
    whole = only is not None and only.integer
    if kpi.unit.code == "count" and number != number.to_integral_value() and (whole or not kpi.estimator.n):
        raise InvalidInput(f"{kpi.name} counts whole things; {number} is none.")
    return Entry({}, {MAIN: number, **dict.fromkeys(kpi.also)})


def _is_share(kpi: Kpi) -> bool:
    return kpi.estimator.methods.get(MAIN) in ("wilson", "clopper_pearson")


def _check_share(kpi: Kpi, numerator: Decimal, denominator: Decimal) -> None:
    if numerator > denominator:
        part, whole = kpi.estimator.numerator, kpi.estimator.denominator
        raise InvalidInput(f"{part}={numerator} is more than {whole}={denominator}, of which it is a part; check both.")


def _read(kpi: Kpi, wanted: Input, text: str) -> Decimal | tuple[Decimal, ...]:
    try:
        if wanted.kind == "list":
            return quantities.read_list(text, kpi.unit)
        return quantities.read(text, _unit_of(kpi, wanted))
    except InvalidInput as error:
        raise InvalidInput(f"{wanted.name}: {error.text}") from error


def _unit_of(kpi: Kpi, wanted: Input) -> Unit:
    """What a number among the inputs may be counted in: the KPI's own unit, unless that is computed from counts or amounts."""
    if kpi.unit.code not in ("ratio", "pp") and not wanted.integer:
        return kpi.unit
    return SHARE if wanted.maximum == 1 else PLAIN


def _check_limits(wanted: Input, value: Decimal | tuple[Decimal, ...]) -> None:
    for number in value if isinstance(value, tuple) else (value,):
        if wanted.minimum is not None and number < wanted.minimum:
            raise InvalidInput(f"{wanted.name}={number} is less than {wanted.minimum}, the least that it can be; check it.")
        if wanted.maximum is not None and number > wanted.maximum:
            raise InvalidInput(f"{wanted.name}={number} is more than {wanted.maximum}, the most that it can be; check it.")
        if wanted.integer and number != number.to_integral_value():
            raise InvalidInput(f"{wanted.name}={number} must be a whole number; it counts things.")


def _number(inputs: Inputs, name: str | None) -> Decimal | None:
    found = inputs.get(name) if name else None
    return found if isinstance(found, Decimal) else None


def _n(kpi: Kpi, inputs: Inputs, denominator: Decimal | None) -> int | None:
    """How many units stand behind the figure: the inputs that count them, the length of a list, or the denominator."""
    named = [inputs.get(name) for name in kpi.estimator.counted]
    known = [len(q) if isinstance(q, tuple) else int(q) for q in named if q is not None]
    if named and len(known) == len(named):
        return sum(known)
    lists = [v for v in inputs.values() if isinstance(v, tuple)]
    if lists:
        return len(lists[0])
    whole = denominator is not None and denominator == denominator.to_integral_value()
    return int(denominator) if denominator is not None and whole else None


def _names(kpi: Kpi) -> str:
    return " ".join(f"{i.name}=…" for i in kpi.inputs)
