"""The schema; the tables of surveys have a file of their own. Rows of observation, decision, definition, audit and of what
happened in incidents and alerts are only added: the database refuses changes.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    false,
)

import storage.survey_tables  # noqa: F401 - the tables of surveys are known wherever these are
from storage import schema
from storage.append_only import refuse_changes
from storage.columns import Exact, Instant, Json

metadata = schema.metadata

definition = Table(
    "definition",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(80), nullable=False),
    Column("version", Integer, nullable=False),
    Column("source", Text, nullable=False),  # this KPI in JSON (which is YAML 1.2 as well), defaults merged in
    Column("digest", String(64), nullable=False),
    Column("file", String(400), nullable=False, default=""),
    Column("line", Integer, nullable=False, default=0),
    Column("applied_at", Instant, nullable=False),
    Column("applied_by", String(80), nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("retired", Boolean, nullable=False, default=False),
    UniqueConstraint("name", "version"),
)

series = Table(
    "series",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kpi", String(80), nullable=False),
    Column("dimensions", Json, nullable=False),  # {} is the KPI as a whole
    UniqueConstraint("kpi", "dimensions"),
)

observation = Table(
    "observation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("series_id", ForeignKey("series.id"), nullable=False),
    Column("grain", String(10), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("period_start", Instant, nullable=False),
    Column("period_end", Instant, nullable=False),
    Column("value", Exact),
    Column("also", Json, nullable=False),
    Column("inputs", Json, nullable=False),
    Column("numerator", Exact),
    Column("denominator", Exact),
    Column("n", BigInteger),
    Column("definition_version", Integer, nullable=False),
    Column("provisional", Boolean, nullable=False, default=False),  # waits for a decision
    Column("source", String(80), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("run", String(200), nullable=False, default=""),
    Column("note", Text, nullable=False, default=""),
    Column("evidence", Text, nullable=False, default=""),
    Column("recorded_at", Instant, nullable=False),
    Column("supersedes", ForeignKey("observation.id"), unique=True),
    Column("idempotency_key", String(200), unique=True),
    CheckConstraint("period_end > period_start", name="period"),
    Index(None, "series_id", "period_start"),
    Index(None, "recorded_at"),
)
Index(
    "uq_observation_first_of_period",
    observation.c.series_id,
    observation.c.period_start,
    observation.c.period_end,
    unique=True,
    sqlite_where=observation.c.supersedes.is_(None),
    postgresql_where=observation.c.supersedes.is_(None),
)

decision = Table(
    "decision",
    metadata,
    Column("observation_id", ForeignKey("observation.id"), primary_key=True),
    Column("outcome", String(10), nullable=False),  # approved | rejected
    Column("actor", String(80), nullable=False),
    Column("at", Instant, nullable=False),
    Column("reason", Text, nullable=False, default=""),
)

digest = Table(
    "digest",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("source", Text, nullable=False),  # the YAML of this digest
    Column("version", Integer, nullable=False),
    Column("file", String(400), nullable=False, default=""),
    Column("target", String(40), nullable=False, default=""),  # a channel or user id; empty: nowhere yet
    Column("owner", String(40), nullable=False, default=""),
    Column("paused", Boolean, nullable=False, default=False),
    Column("last_due", Instant, nullable=False),  # the watermark: everything due up to here has been dealt with
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", String(80), nullable=False),
)

digest_run = Table(
    "digest_run",
    metadata,
    Column("id", String(160), primary_key=True),  # <digest>@<local due time>, or <digest>@<who>:<when> when asked for
    Column("digest", String(80), nullable=False, index=True),
    Column("due_at", Instant, nullable=False),
    Column("fired_at", Instant, nullable=False),
    Column("state", String(10), nullable=False),  # queued | building | built | skipped | failed
    Column("target", String(40), nullable=False),
    Column("asked_by", String(80), nullable=False, default=""),
    Column("reason", Text, nullable=False, default=""),
    Column("tries", Integer, nullable=False, default=0),
    Column("lease_until", Instant),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("key", String(240), nullable=False, unique=True),  # what it is, so that it cannot be said twice
    Column("kind", String(20), nullable=False),  # digest | alert | incident | survey | notice
    Column("subject", String(200), nullable=False, default=""),  # the digest run, KPI, incident … that it is about
    Column("target", String(40), nullable=False),  # channel or user id
    Column("parent_id", ForeignKey("delivery.id")),  # posted into the thread of this one
    Column("position", Integer, nullable=False, default=0),  # order among siblings of a thread
    Column("edits", String(36)),  # says anew what this one said, in its place
    Column("payload", Text, nullable=False),  # bot.domain.parts.dump
    Column("payload_hash", String(64), nullable=False),
    Column("state", String(10), nullable=False),  # waiting | due | sending | sent | uncertain | failed | skipped | cancelled
    Column("tries", Integer, nullable=False, default=0),
    Column("looks", Integer, nullable=False, server_default="0"),  # failed searches for it since the last try
    Column("due_at", Instant, nullable=False),
    Column("deadline", Instant, nullable=False),
    Column("slot_at", Instant),  # the place that it holds in the pace of its channel
    Column("first_try_at", Instant),
    Column("lease_until", Instant),
    Column("lease_owner", String(40)),
    Column("channel", String(40)),  # where it was posted (a direct message has a channel of its own)
    Column("ts", String(40)),
    Column("error", Text, nullable=False, default=""),
    Column("owner", String(40), nullable=False, default=""),  # whom to tell when it fails
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("zone", String(64), nullable=False, server_default=""),  # on whose clocks it waits for hours that are not quiet
    Column("workdays", Boolean, nullable=False, server_default=false()),  # there, not on a Saturday or Sunday either
    Index(None, "state", "due_at"),
    Index(None, "kind", "subject"),
    Index(None, "parent_id", "position"),
    Index(None, "edits"),
)

pace = Table(
    "pace",
    metadata,
    Column("channel", String(40), primary_key=True),  # "" is the whole workspace
    Column("next_free_at", Instant, nullable=False),
    Column("blocked_until", Instant),  # Slack said to wait that long
    Column("last_at", Instant),  # when something went there last
    Column("paused_seconds", Float, nullable=False, server_default="0"),  # Slack made a crowd wait so long, all told
)

publication = Table(
    "publication",
    metadata,
    Column("delivery_id", ForeignKey("delivery.id"), primary_key=True),
    Column("observation_id", ForeignKey("observation.id"), primary_key=True),
    Column("correction_told_at", Instant),  # when a correction of this figure was reported where it had been published
    Index(None, "observation_id"),
)

incident = Table(
    "incident",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(200), nullable=False),
    Column("open_key", String(200), unique=True),  # the key while it is open, and nothing after: one open incident a key
    Column("title", String(200), nullable=False),
    Column("severity", String(10), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("model", String(100), nullable=False, default=""),
    Column("opened_by", String(80), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("backfilled", Boolean, nullable=False, default=False),
    Column("merged_into", ForeignKey("incident.id")),
    Column("channel", String(40), nullable=False, default=""),  # where it is told
    Column("message_id", ForeignKey("delivery.id")),  # the message at the head of its thread there
    Column("own_channel", String(40), nullable=False, server_default=""),  # one that was made for it alone
    Column("own_message_id", ForeignKey("delivery.id")),  # the message about it there
    Column("roles", Json, nullable=False, default=dict),  # commander, communications, steward: ids of people
    Column("members", Json, nullable=False, server_default="[]"),  # ids of the others who are in it
    Column("private", Boolean, nullable=False, server_default=false()),  # known to its people and admins only
    Index(None, "opened_at"),
)

incident_mark = Table(
    "incident_mark",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("incident_id", ForeignKey("incident.id"), nullable=False),
    Column("moment", String(12), nullable=False),  # arose | detected | acknowledged | mitigated | resolved | closed
    Column("at", Instant),  # empty: taken back
    Column("low", Instant),
    Column("high", Instant),
    Column("source", String(20), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Index(None, "incident_id", "id"),
)
"""The ledger of every moment of every incident; the latest entry of each is in force."""

incident_event = Table(
    "incident_event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("incident_id", ForeignKey("incident.id"), nullable=False),
    Column("at", Instant, nullable=False),  # when it happened
    Column("recorded_at", Instant, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("text", Text, nullable=False, default=""),
    Column("details", Json, nullable=False, default=dict),
    Index(None, "incident_id", "at"),
)

incident_reminder = Table(
    "incident_reminder",
    metadata,
    Column("incident_id", ForeignKey("incident.id"), primary_key=True),
    Column("kind", String(10), primary_key=True),  # nudge | update
    Column("due_at", Instant, nullable=False, index=True),
)
"""What people are to be reminded of. Gone in the transaction that ends the incident."""

alert_watch = Table(
    "alert_watch",
    metadata,
    Column("series_id", ForeignKey("series.id"), primary_key=True),
    Column("due_at", Instant, nullable=False, index=True),
    Column("stamp", Integer, nullable=False, server_default="0"),  # another one each time something was recorded
)
"""When the rules of a series are to be looked at next; at once, where something was recorded for it."""

alert = Table(
    "alert",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(240), nullable=False),
    Column("open_key", String(240), unique=True),  # the key until it is resolved: one open alert a key
    Column("rule", String(120), nullable=False),  # latency-p95/limit, or the sender of what came from outside
    Column("kpi", String(80), nullable=False, default=""),
    Column("dimensions", Json, nullable=False, default=dict),
    Column("title", String(200), nullable=False),
    Column("level", String(10), nullable=False),
    Column("state", String(10), nullable=False),  # pending | firing | no data | error | resolved
    Column("active_at", Instant, nullable=False),
    Column("words", Text, nullable=False, default=""),
    Column("fired_at", Instant),
    Column("fired_words", Text, nullable=False, default=""),
    Column("resolved_at", Instant),
    Column("since", Instant),
    Column("data_at", Instant),  # when the first bad figure was there
    Column("good_since", Instant),
    Column("good", Integer, nullable=False, default=0),
    Column("times", Integer, nullable=False, default=0),
    Column("point", Integer),  # the observation that was judged last
    Column("n", BigInteger),
    Column("facts", Json, nullable=False, default=dict),
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", String(80), nullable=False, default=""),
    Column("snoozed_until", Instant),
    Column("held", Text, nullable=False, default=""),  # why nobody is told
    Column("told_at", Instant),
    Column("heard_at", Instant),  # of what comes from outside: the time of the latest word
    Column("channel", String(40), nullable=False, default=""),
    Column("plan", Json, nullable=False, default=list),  # whom it reaches, and when: frozen when it fires
    Column("step", Integer, nullable=False, default=0),
    Column("next_at", Instant, index=True),  # when something is due
    Column("verdict", String(12), nullable=False, default=""),
    Column("incident", ForeignKey("incident.id")),
    Index(None, "key", "id"),
    Index(None, "rule", "fired_at"),
)

alert_event = Table(
    "alert_event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alert_id", ForeignKey("alert.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("text", Text, nullable=False, default=""),
    Column("details", Json, nullable=False, default=dict),
    Index(None, "alert_id", "id"),
)

remedy_run = Table(
    "remedy_run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alert_id", ForeignKey("alert.id"), nullable=False),
    Column("remedy", String(60), nullable=False),
    Column("dry_run", Boolean, nullable=False, default=False),
    Column("state", String(10), nullable=False),  # asked | approved | sent | failed | expired | refused | recovered | no effect
    Column("needed", Integer, nullable=False),
    Column("approvals", Json, nullable=False, default=list),  # who agreed
    Column("asked_by", String(80), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("key", String(60), nullable=False, unique=True),  # by which its receiver knows a repetition
    Column("answer", Text, nullable=False, default=""),
    Column("body", Text, nullable=False, default=""),
    Column("tries", Integer, nullable=False, default=0),
    Column("next_at", Instant, index=True),  # when something is due with it
    Index(None, "alert_id", "id"),
)
"""A request that may mend what an alert is about: who asked for it, who agreed, and what its receiver answered."""

silence = Table(
    "silence",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("rule", String(120), nullable=False),  # a pattern: latency-p95, model-*/limit
    Column("dimensions", Json, nullable=False, default=dict),
    Column("reason", Text, nullable=False),
    Column("by", String(80), nullable=False),
    Column("channel", String(40), nullable=False, default=""),  # where its start and end are told
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("begun", Boolean, nullable=False, default=False),
    Column("over", Boolean, nullable=False, default=False, index=True),
)
errand = Table(
    "errand",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("key", String(240), nullable=False, unique=True),  # what it is, so that it is not done twice
    Column("kind", String(12), nullable=False),
    Column("incident_id", ForeignKey("incident.id")),
    Column("details", Json, nullable=False),
    Column("asked_by", String(80), nullable=False),  # whom to tell when it cannot be done
    Column("state", String(10), nullable=False),  # due | done | failed
    Column("tries", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("deadline", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("lease_owner", String(40)),
    Column("error", Text, nullable=False),
    Index(None, "state", "due_at"),
)
"""What the workspace is asked for besides messages."""

person = Table(
    "person",
    metadata,
    Column("user_id", String(40), primary_key=True),
    Column("timezone", String(80), nullable=False),
    Column("told_at", Instant, nullable=False),
)
"""What Slack said last of a person: the zone in which they read times."""

role = Table(
    "role",
    metadata,
    Column("user_id", String(40), primary_key=True),
    Column("role", String(40), primary_key=True),
    Column("granted_by", String(80), nullable=False),
    Column("granted_at", Instant, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("before", Json),
    Column("after", Json),
    Column("reason", Text, nullable=False, default=""),
    Index(None, "subject"),
)

receipt = Table(
    "receipt",
    metadata,
    Column("key", String(240), primary_key=True),  # a request that was acted on, so that a retry is not
    Column("at", Instant, nullable=False, index=True),
    Column("answer", Text, nullable=False, default=""),
)

for _table in (definition, observation, decision, audit, incident_mark, incident_event, alert_event):
    event.listen(_table, "after_create", refuse_changes)
