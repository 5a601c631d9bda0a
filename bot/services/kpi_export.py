"""A KPI's figures as CSV, safe to open in a spreadsheet, and readable by the import."""

import csv
import io
from decimal import Decimal

from bot.domain.csv_tables import neutral
from bot.domain.entry_fields import ABOUT
from bot.domain.kpis import MAIN, Kpi
from bot.domain.observations import Observation, in_force
from bot.domain.people import Asker
from bot.domain.periods import label
from bot.services import Services, definitions
from storage import observations


def export(services: Services, asker: Asker, name: str) -> str:
    """Every figure in force of a KPI, of all its segments, as CSV (RFC 4180, UTF-8) with a header.

    :raises UnknownKpi: there is none of that name that the asker may see.
    """
    with services.db.read() as connection:
        kpi = definitions.named(services, connection, asker, name)
        found = [o for rows in observations.by_segment(connection, kpi.name) for o in in_force(rows)]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns(kpi))
    writer.writerows(_row(kpi, o) for o in found)
    return text.getvalue()


def columns(kpi: Kpi) -> list[str]:
    """The header of an export. Each name stands there once: an input goes before a figure that is called the same."""
    inputs = [i.name for i in kpi.inputs]
    return list(dict.fromkeys(["period", *kpi.dimensions, MAIN, *kpi.also, *inputs, "note", "evidence", *ABOUT]))


def _row(kpi: Kpi, o: Observation) -> list[str]:
    cells = {
        **_about(o),
        **{name: _number(o.figures.get(name)) for name in kpi.also},
        **{i.name: _input(o.inputs.get(i.name)) for i in kpi.inputs},
        **{d: neutral(o.dimensions.get(d, "")) for d in kpi.dimensions},
        MAIN: _number(o.value),
        "period": label(o.period),
        "note": neutral(o.provenance.note),
        "evidence": neutral(o.provenance.evidence),
    }
    return [cells[column] for column in columns(kpi)]


def _about(o: Observation) -> dict[str, str]:
    said = (
        "" if o.n is None else str(o.n),
        o.state,
        neutral(o.provenance.source),
        neutral(o.provenance.actor),
        o.recorded_at.isoformat(),
        str(o.definition_version),
        o.period.zone,
        o.period.start.isoformat(),
        o.period.end.isoformat(),
        str(o.id),
    )
    return dict(zip(ABOUT, said, strict=True))


def _number(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


def _input(value: Decimal | tuple[Decimal, ...] | None) -> str:
    return "; ".join(f"{v:f}" for v in value) if isinstance(value, tuple) else _number(value)
