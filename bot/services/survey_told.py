"""What is said of the end of a wave, and whom to: its results when its keys are destroyed, and before that what cannot wait."""

from collections.abc import Mapping
from datetime import timedelta

from bot.domain.parts import Message
from bot.domain.people import Asker
from bot.domain.survey_reports import Ended
from bot.domain.survey_waves import TOO_FEW, Contract, label, load
from bot.presenters import pulse_ends as presenter
from bot.presenters import pulse_keys as keys
from bot.presenters import pulse_results as results_presenter
from bot.services import Services, deliveries, survey_results, survey_viewers, survey_waves
from storage import Connection
from storage.people import zone_of
from storage.waves import StoredWave

REMINDED_BEFORE = (timedelta(days=1), timedelta(days=3))
"""How long before a sealed wave is destroyed its custodian is reminded, the latest first: who missed one hears that alone."""


def ended(services: Services, connection: Connection, asker: Asker, what: Ended, row: StoredWave) -> None:
    """Say that a wave was extended, in its own transaction. One that was counted speaks by its results, and one that was
    destroyed by its receipt.

    Where the people of channels were asked, and nobody else, they are thanked there, unless the results come there.
    """
    said, thanks = dict[str, Message](), dict[str, Message]()
    asked = what.contract.audience.split()
    if what.what in ("closed", "unopened") and all(each[0] in "CG" for each in asked):
        thanks = dict.fromkeys((each for each in asked if each != what.contract.channel), presenter.thanks(what))
    if what.what == "extended":
        said = _closed(services, asker, what, row)
    # Where Barometer is not in a channel, nobody is told that its thanks did not come: it would read as if the results had not.
    post(services, connection, row, what.what, thanks, owner="")
    post(services, connection, row, what.what, said, owner=row.opened_by)


def comes_later(services: Services, connection: Connection, asker: Asker, what: Ended, row: StoredWave) -> None:
    """Say how a wave ended whose keys could not be destroyed at once, so that its results or its receipt are still to come."""
    if what.what in ("closed", "unopened"):
        post(services, connection, row, what.what, _closed(services, asker, what, row), owner=row.opened_by)


def when_cleaned(connection: Connection, row: StoredWave) -> dict[str, Message]:
    """What is said of a wave once all of it is true, by whom it is said to: its results, with the close receipt, where they go,
    and the receipt alone to whoever else started it; to all of them where it was destroyed unopened, and to its custodian where
    their key is not wanted any more, unless they heard that in answer.
    """
    contract, told = load(row.contract), dict[str, Message]()
    if row.state == "closed":
        for whom in (contract.channel,) if contract.channel else contract.viewers:
            found = survey_results.read(Asker(whom), connection, row, contract.channel)
            told[whom] = results_presenter.results(found, thanks=bool(contract.channel))
    if row.state != "failed":
        is_lost, name = row.state == "unopened", label(row.survey, row.number)
        whoever = _readers(contract, row) if is_lost else ()
        told = {
            whom: presenter.receipt(name, row.receipt, again=is_lost and whom != contract.channel)
            for whom in (*whoever, contract.channel, row.opened_by)
        } | told
        if is_lost and survey_waves.KEY_WANTED in row.receipt and row.receipt["why"] != TOO_FEW:
            told = {contract.custodian: presenter.receipt(name, row.receipt)} | told
    return told


def name_custodian(services: Services, connection: Connection, row: StoredWave) -> None:
    """Tell the custodian of a sealed wave that opens that they keep its key: nothing else asks them first."""
    contract, opening = load(row.contract), survey_waves.described(row, survey_waves.survey_of(row))
    zone = _zone(services, connection, contract.custodian)
    message = keys.kept(opening, contract, row.opened_by, survey_waves.PATIENCE.days, zone)
    key = f"survey-custodian:{row.key_id}"
    deliveries.post(
        services,
        connection,
        key=key,
        kind="notice",
        target=contract.custodian,
        message=message,
        subject=f"That {opening.label} is sealed to them",
        owner=row.opened_by,
    )


def ask_for_key(services: Services, connection: Connection, asker: Asker, what: Ended, row: StoredWave) -> None:
    """Ask the custodian of a sealed wave for its key, once for each end: a wave that was extended has another.

    Whoever started it hears that it waits, unless they asked for its end, and hear it in answer.
    """
    custodian, until = what.contract.custodian, what.until
    message = keys.wanted(row.id, what.label, until, _zone(services, connection, custodian))
    key = f"survey-key:{row.key_id}:{row.closes_at.isoformat()}"
    asked = f"That {what.label} waits for their key"
    deliveries.post(
        services, connection, key=key, kind="notice", target=custodian, message=message, subject=asked, owner=row.opened_by
    )
    if asker.user_id != row.opened_by:
        said = presenter.closed(what, _zone(services, connection, row.opened_by), may_see=False)
        post(services, connection, row, "sealed", {row.opened_by: said}, owner=row.opened_by)


def remind_of_key(services: Services, connection: Connection, row: StoredWave) -> None:
    """Remind the custodian of a wave that waits for its key, once each time that `REMINDED_BEFORE` says.

    While it is quiet on their clock nothing is written, for they may open it meanwhile.
    """
    custodian, until = load(row.contract).custodian, survey_waves.key_until(row)
    heard = deliveries.heard_at(services, connection, custodian)
    before = next((each for each in REMINDED_BEFORE if until - each <= services.now()), None)
    if before is None or heard > services.now():
        return
    zone = _zone(services, connection, custodian)
    deliveries.post(
        services,
        connection,
        key=f"survey-key-{before.days}d:{row.key_id}",
        kind="notice",
        target=custodian,
        message=keys.still_wanted(row.id, label(row.survey, row.number), until, zone),
        subject=f"That {label(row.survey, row.number)} still waits for their key",
        owner=row.opened_by,
        deadline=until,
    )


def _zone(services: Services, connection: Connection, person: str) -> str:
    return zone_of(connection, person) or services.settings.timezone


def closes_later(services: Services, connection: Connection, row: StoredWave) -> None:
    """Say to whoever started a wave that it closes later than they gave notice of, since that was told late."""
    zone = _zone(services, connection, row.opened_by)
    message = presenter.closes_later(label(row.survey, row.number), row.closes_at, zone)
    post(services, connection, row, f"later:{row.closes_at.isoformat()}", {row.opened_by: message}, owner=row.opened_by)


def post(
    services: Services, connection: Connection, row: StoredWave, what: str, said: Mapping[str, Message], *, owner: str
) -> None:
    """Say something of a wave to people and channels, once each; its `owner` hears of what is not delivered."""
    for whom, message in said.items():
        if whom[:1] in ("C", "G", "U", "W"):
            deliveries.post(
                services,
                connection,
                key=f"survey-{what}:{row.key_id}:{whom}",
                kind="notice",
                target=whom,
                message=message,
                subject=label(row.survey, row.number),
                owner=owner,
            )


def _closed(services: Services, asker: Asker, what: Ended, row: StoredWave) -> dict[str, Message]:
    """How it ended, for all who read its results but whoever asked, who hears it in answer."""
    zone, contract = services.settings.timezone, what.contract
    return {
        whom: presenter.closed(what, zone, may_see=survey_viewers.are_for(contract, whom, whom))
        for whom in _readers(contract, row)
        if whom != asker.user_id
    }


def _readers(contract: Contract, row: StoredWave) -> tuple[str, ...]:
    """Where the results of a wave go, or else whoever started it, and whoever else would see them."""
    return (contract.channel,) if contract.channel else (row.opened_by, *contract.viewers)
