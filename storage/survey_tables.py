"""The tables of surveys. None of them says who has answered, or when, or which answer is whose.

Only `attributed_answer` names people: of waves whose invitations said so.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    false,
)

from storage.append_only import refuse_thaw
from storage.columns import Instant, Json
from storage.schema import metadata

survey = Table(
    "survey",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("source", Text, nullable=False),  # YAML; a survey made here stands before a shipped one of its name
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", String(80), nullable=False),
)

survey_schedule = Table(
    "survey_schedule",
    metadata,
    Column("survey", String(80), primary_key=True),
    Column("schedule", String(200), nullable=False),  # in words
    Column("terms", Json, nullable=False),  # how each wave is started
    Column("owner", String(80), nullable=False),
    Column("paused", Boolean, nullable=False, default=False),
    Column("last_due", Instant, nullable=False),  # the watermark: everything due up to here has been dealt with
)

wave = Table(
    "wave",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("survey", String(80), nullable=False),
    Column("number", Integer, nullable=False),  # from 1 for each survey; below 0: it could not be opened
    Column("open_key", String(80), unique=True),  # the survey while it is open, and nothing after: one open wave each
    Column("contract", Text, nullable=False),  # what was promised at its opening: frozen
    Column("state", String(10), nullable=False),  # opening | open | closed | unopened | failed
    Column("key_id", String(32), nullable=False, unique=True),  # names its key file
    Column("opened_by", String(80), nullable=False),
    Column("opens_at", Instant, nullable=False),
    Column("closes_at", Instant, nullable=False),
    Column("extended", Boolean, nullable=False, server_default=false()),
    Column("invited", Integer, nullable=False, server_default="0"),
    Column("told", Boolean, nullable=False, server_default=false()),  # every invitation is in the ledger
    Column("cleaned", Boolean, nullable=False, server_default=false()),  # keys destroyed and old pages overwritten
    Column("receipt", Json, nullable=False, default=dict),
    Column("key", String(240), unique=True),  # the request that started it
    Column("asks", Json),  # whom it is to ask; forgotten once that is settled
    UniqueConstraint("survey", "number"),
)

event.listen(wave, "after_create", refuse_thaw)

invitation = Table(
    "invitation",
    metadata,
    Column("wave_id", ForeignKey("wave.id"), primary_key=True),
    Column("user_id", String(40), primary_key=True),
    Column("groups", Json, nullable=False),  # their value of each cut
    Column("zone", String(80), nullable=False),
    Column("language", String(20), nullable=False),
    sqlite_with_rowid=False,
)
"""Who is invited. Gone when the wave is closed."""

ballot = Table(
    "ballot",
    metadata,
    Column("wave_id", ForeignKey("wave.id"), primary_key=True),
    Column("slot", LargeBinary, primary_key=True),  # of whom, only the key in the wave's file tells
    Column("body", LargeBinary, nullable=False),  # a flag under a key of its own, then the answers
    sqlite_with_rowid=False,
)
"""One for each who is invited, from the start, all of one length. Every write changes all of a wave. Gone when it is closed."""

wave_reminder = Table(
    "wave_reminder",
    metadata,
    Column("wave_id", ForeignKey("wave.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("due_at", Instant, primary_key=True),  # one hour of the day, for all whose clocks show it then
    Column("lease_until", Instant),
    Column("begun", Boolean, nullable=False, server_default=false()),
)
"""When people are to be reminded. Whom it concerns is worked out in memory, and nowhere written down."""

wave_count = Table(
    "wave_count",
    metadata,
    Column("wave_id", ForeignKey("wave.id"), primary_key=True),
    Column("question", String(80), primary_key=True),
    Column("cut", String(130), primary_key=True),  # "" is everybody
    Column("value", String(80), primary_key=True),
    Column("n", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""The histograms that were released."""

wave_figure = Table(
    "wave_figure",
    metadata,
    Column("wave_id", ForeignKey("wave.id"), primary_key=True),
    Column("question", String(80), primary_key=True),
    Column("cut", String(130), primary_key=True),
    Column("figure", String(80), primary_key=True),  # with the id of an option in it
    Column("value", Float),
    Column("words", String(200), nullable=False, server_default=""),
    sqlite_with_rowid=False,
)
"""The sums and intervals that were released, and why others were not."""

wave_comment = Table(
    "wave_comment",
    metadata,
    Column("id", String(32), primary_key=True),  # drawn by lot
    Column("wave_id", ForeignKey("wave.id"), nullable=False),
    Column("question", String(80), nullable=False),
    Column("text", Text, nullable=False),
    Column("author", LargeBinary),  # sealed, where they agreed to be asked back; until its key is dropped
    Index(None, "wave_id"),
    sqlite_with_rowid=False,
)

follow_up = Table(
    "follow_up",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("comment_id", ForeignKey("wave_comment.id"), nullable=False),
    Column("question", Text, nullable=False),
    Column("asked_by", String(80), nullable=False),
    Column("state", String(10), nullable=False),  # waiting | asked | answered | told
    Column("reply", LargeBinary),  # sealed until it is told
    Column("reply_text", Text, nullable=False, server_default=""),
    sqlite_with_rowid=False,
)
"""A question back to somebody whose name nobody knows. It and its answer go out in daily batches."""

attributed_answer = Table(
    "attributed_answer",
    metadata,
    Column("wave_id", ForeignKey("wave.id"), primary_key=True),
    Column("user_id", String(40), primary_key=True),
    Column("answers", Json, nullable=False),
    sqlite_with_rowid=False,
)
"""Of waves whose invitations said that answers are kept with names."""

survey_opt_out = Table(
    "survey_opt_out",
    metadata,
    Column("user_id", String(40), primary_key=True),
)
"""Who does not want to be asked."""

survey_action = Table(
    "survey_action",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("wave_id", ForeignKey("wave.id"), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("owner", String(40), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("done_at", Instant),
    Column("done_by", String(80), nullable=False, server_default=""),
    Column("outcome", Text, nullable=False, server_default=""),
)
"""What is done because of a wave, with an owner and a date."""

benchmark = Table(
    "benchmark",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("source", Text, nullable=False),  # JSON: lines by survey score, where they are from, the year, a caveat
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", String(80), nullable=False),
)
