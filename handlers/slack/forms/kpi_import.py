"""The form that reads a CSV file: a look at it first, and nothing is recorded until that is confirmed."""

from dataclasses import replace

from bot.domain.errors import BarometerError
from bot.domain.parts import Note
from bot.presenters import kpi_imports as presenter
from bot.services import kpis
from handlers.slack import files
from handlers.slack.blocks.modals import Choice, Field, Modal
from handlers.slack.forms.kpi_entry import SEARCH
from handlers.slack.request import Answer, Errors, Request

FORM = "kpi.import.form"
COLUMNS = "Columns: period, and value or the inputs; dimensions, note and evidence if there are any. An export is read too."


def begin(request: Request, name: str) -> Modal:
    """Which KPI, and which file.

    :raises UnknownKpi: there is none of that name that the asker may see.
    """
    known = tuple(Choice(f"{title} ({n})", n) for n, title in kpis.names(request.services, request.asker, name) if n == name)
    fields = (
        Field("kpi", "KPI", "search", choices=known, initial=name if known else "", source=SEARCH),
        Field("file", "CSV file", "file", hint=COLUMNS),
    )
    return Modal(FORM, "Read a file", fields, "Look at it", instead=f"barometer kpis import {name or 'NAME'} FILE")


def submit(request: Request) -> Answer:
    """Show what the file would do; once that was seen, do it."""
    file = request.state.get("file") or next(iter(request.values.files.get("file", ())), "")
    name = request.state.get("kpi") or request.values["kpi"]
    if not file or not name:
        return Errors({"file": "Share a CSV file."} if name else {"kpi": "Choose a KPI."})
    try:
        content = files.read(request.client, file, request.asker.user_id)
        if request.state.get("seen"):
            return presenter.imported(kpis.import_apply(request.services, request.asker, name, content))
        found = kpis.import_check(request.services, request.asker, name, content)
    except BarometerError as error:
        return replace(begin(request, name), above=(Note(error.text),))
    parts = presenter.checked(found).parts
    if found.problems or not found.values:
        return replace(begin(request, name), above=parts)
    state = {"kpi": name, "file": file, "seen": "yes"}
    last = Note("Nothing is recorded yet.")
    return Modal(FORM, "Read a file", (), f"Record {presenter.values(len(found.values))}"[:24], (*parts, last), state=state)
