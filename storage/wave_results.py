"""What was released of closed waves: histograms, figures and comments. None of it says who, or when."""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, or_, select, update

from bot.domain.survey_counts import Count
from bot.domain.survey_figures import Figure
from bot.domain.survey_reports import Comment
from storage import waves
from storage.survey_tables import follow_up as follow_up_table
from storage.survey_tables import wave, wave_comment, wave_count, wave_figure
from storage.waves import StoredWave


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question back. `reply` is sealed until it is told as `reply_text`."""

    id: str
    comment_id: str
    question: str
    asked_by: str
    state: str
    reply: bytes | None
    reply_text: str


def keep(
    connection: Connection, wave_id: int, counts: Sequence[Count], figures: Sequence[Figure], comments: Iterable[Comment]
) -> None:
    """Write down what was released, in the order given: an order drawn by lot tells nothing."""
    if counts:
        connection.execute(wave_count.insert(), [{"wave_id": wave_id, **dataclasses.asdict(each)} for each in counts])
    if figures:
        connection.execute(wave_figure.insert(), [{"wave_id": wave_id, **dataclasses.asdict(each)} for each in figures])
    if rows := [dataclasses.asdict(each) for each in comments]:
        connection.execute(wave_comment.insert(), rows)


def forget_figures(connection: Connection, wave_id: int) -> None:
    """Take back what was counted of a wave; comments stay."""
    for table in (wave_count, wave_figure):
        connection.execute(delete(table).where(table.c.wave_id == wave_id))


def forget_comment(connection: Connection, wave_id: int, question: str, text: str) -> None:
    """Take back a comment of a wave, with what was asked and answered about it; one, where several wrote the same."""
    same = (wave_comment.c.wave_id == wave_id, wave_comment.c.question == question, wave_comment.c.text == text)
    found = connection.execute(select(wave_comment.c.id).where(*same).order_by(wave_comment.c.id).limit(1)).scalar()
    if found is not None:
        connection.execute(delete(follow_up_table).where(follow_up_table.c.comment_id == found))
        connection.execute(delete(wave_comment).where(wave_comment.c.id == found))


def counts(connection: Connection, wave_ids: Sequence[int]) -> dict[int, list[Count]]:
    """The released histograms, by wave."""
    query = select(wave_count).where(wave_count.c.wave_id.in_(wave_ids))
    found: dict[int, list[Count]] = {each: [] for each in wave_ids}
    for row in connection.execute(query.order_by(wave_count.c.question, wave_count.c.cut, wave_count.c.value)):
        found[row.wave_id].append(Count(row.question, row.cut, row.value, row.n))
    return found


def figures(connection: Connection, wave_ids: Sequence[int]) -> dict[int, list[Figure]]:
    """The released figures, by wave."""
    query = select(wave_figure).where(wave_figure.c.wave_id.in_(wave_ids))
    found: dict[int, list[Figure]] = {each: [] for each in wave_ids}
    for row in connection.execute(query.order_by(wave_figure.c.question, wave_figure.c.cut, wave_figure.c.figure)):
        found[row.wave_id].append(Figure(row.question, row.cut, row.figure, row.value, row.words))
    return found


def comments(connection: Connection, wave_id: int) -> list[Comment]:
    """The comments of a wave, in the order of their random ids."""
    query = select(wave_comment).where(wave_comment.c.wave_id == wave_id).order_by(wave_comment.c.id)
    return [_comment(row) for row in connection.execute(query).mappings()]


def comment(connection: Connection, comment_id: str) -> Comment | None:
    """One comment."""
    row = connection.execute(select(wave_comment).where(wave_comment.c.id == comment_id)).mappings().first()
    return _comment(row) if row else None


def with_authors(connection: Connection) -> list[StoredWave]:
    """The waves of which an author can still be asked."""
    authored = exists().where(wave_comment.c.wave_id == wave.c.id, wave_comment.c.author.is_not(None))
    ids = list(connection.execute(select(wave.c.id).where(authored).order_by(wave.c.id)).scalars())
    return [found for each in ids if (found := waves.get(connection, each))]


def forget_authors(connection: Connection, wave_id: int) -> None:
    """Nobody can be asked about a wave's comments any more, and what was not told yet is not told."""
    ids = select(wave_comment.c.id).where(wave_comment.c.wave_id == wave_id)
    connection.execute(
        update(follow_up_table)
        .where(follow_up_table.c.comment_id.in_(ids), follow_up_table.c.state != "told")
        .values(state="told", reply=None)
    )
    connection.execute(update(wave_comment).where(wave_comment.c.wave_id == wave_id).values(author=None))


def change_author(connection: Connection, comment_id: str, author: bytes) -> None:
    """Seal the name of a comment's author anew."""
    connection.execute(update(wave_comment).where(wave_comment.c.id == comment_id).values(author=author))


def add_follow_up(connection: Connection, **values: Any) -> None:
    """Write a question down."""
    connection.execute(follow_up_table.insert().values(**values))


def follow_up(connection: Connection, follow_up_id: str) -> FollowUp | None:
    """One question."""
    row = connection.execute(select(follow_up_table).where(follow_up_table.c.id == follow_up_id)).mappings().first()
    return _follow_up(row) if row else None


def follow_ups(connection: Connection, wave_id: int, state: str = "") -> list[FollowUp]:
    """The questions about a wave's comments, or those in a state, by their ids: those of one comment as they were asked."""
    query = select(follow_up_table).join(wave_comment).where(wave_comment.c.wave_id == wave_id)
    query = query.where(follow_up_table.c.state == state) if state else query
    return [_follow_up(row) for row in connection.execute(query.order_by(follow_up_table.c.id)).mappings()]


def has_follow_ups(connection: Connection, wave_id: int) -> bool:
    """Whether there is anything to be carried."""
    open_ = or_(follow_up_table.c.state == "waiting", follow_up_table.c.state == "asked")
    query = select(follow_up_table.c.id).join(wave_comment).where(and_(wave_comment.c.wave_id == wave_id, open_))
    return connection.execute(query.limit(1)).first() is not None


def change_follow_up(connection: Connection, follow_up_id: str, **values: Any) -> None:
    """Set columns of a question."""
    connection.execute(update(follow_up_table).where(follow_up_table.c.id == follow_up_id).values(**values))


def _comment(row: Any) -> Comment:
    author = row["author"]
    return Comment(row["id"], row["wave_id"], row["question"], row["text"], bytes(author) if author is not None else None)


def _follow_up(row: Any) -> FollowUp:
    values = {field.name: row[field.name] for field in dataclasses.fields(FollowUp)}
    return FollowUp(**values | {"reply": bytes(row["reply"]) if row["reply"] is not None else None})
