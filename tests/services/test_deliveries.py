"""Nothing due is lost, nothing is said twice: every way that a delivery can go."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest

from bot.domain.deliveries import (
    UNEXPLAINED_TRIES,
    Envelope,
    Finding,
    Missing,
    Outcome,
    Postponed,
    Refused,
    Sent,
    Throttled,
    Unknown,
    Unreadable,
)
from bot.domain.own_hours import QuietHours
from bot.domain.parts import Message
from bot.domain.people import Asker
from bot.services import Services, deliveries, dispatch, people
from bot.settings import Settings
from storage import Database, outbox, paces
from storage.tables import publication
from tests.conftest import NOW
from tests.services.delivery_world import Clock, World, world_in


@pytest.fixture
def world(db: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    return world_in(db, monkeypatch)


def test_a_delivery_is_posted_and_its_place_is_kept(world: World) -> None:
    one = world.post(owner="U0OWN", subject="ops-daily@2026-11-24T09:00")
    world.go()
    row = world.row(one)
    assert (row.state, row.channel, row.ts, row.tries, row.sent_at) == ("sent", "C0OPS", "17.000001", 1, NOW)
    assert row.lease_until is None
    world.go(200)
    assert world.poster.said == ["k"]


def test_the_same_key_is_said_once(world: World) -> None:
    assert world.post("same") == world.post("same")
    world.go(10)
    assert world.post("same")
    world.go(10)
    assert world.poster.said == ["same"]


def test_a_transaction_that_is_not_kept_says_nothing(world: World) -> None:
    def fail_after_posting() -> None:
        with world.services.db.begin() as connection:
            deliveries.post(world.services, connection, key="k", kind="digest", target="C0OPS", message=Message("k", ()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_posting()
    world.go(10)
    assert world.poster.posted == []


def test_two_jobs_for_one_delivery_post_it_once(world: World) -> None:
    one = world.post()
    world.poster.outcomes = [lambda: dispatch.deliver(world.services, world.poster, one) or Sent("C0OPS", "1")]
    dispatch.deliver(world.services, world.poster, one)
    dispatch.deliver(world.services, world.poster, one)
    assert len(world.poster.posted) == 1


def test_a_thread_follows_its_message_in_order(world: World) -> None:
    replies = (Message("first", ()), Message("second", (), (Message("third", ()),)))
    world.post(message=Message("root", (), replies))
    world.go(10)
    assert world.poster.said == ["root", "first", "second", "third"]
    assert [e.thread_ts for e in world.poster.posted] == [None, "17.000001", "17.000001", "17.000001"]
    assert {e.channel for e in world.poster.posted[1:]} == {"C0OPS"}


def test_a_failed_message_fails_its_thread_and_one_failed_reply_does_not_stop_the_next(world: World) -> None:
    replies = (Message("first", ()), Message("second", ()))
    world.poster.outcomes = [Refused("is_archived", "Unarchive it.")]
    world.post("a", message=Message("root", (), replies), target="C0GONE")
    world.go(10)
    assert [r.state for r in world.rows() if r.target == "C0GONE"] == ["failed"] * 3

    world.poster.posted.clear()
    world.poster.outcomes = [Sent("C0OPS", "5"), Refused("msg_too_long", "Shorten it.")]
    world.post("b", message=Message("root", (), replies))
    world.go(10)
    assert [said for said in world.poster.said if "not delivered" not in said] == ["root", "first", "second"]
    assert {r.key: r.state for r in world.rows() if r.key.startswith("b")} == {"b": "sent", "b#1": "failed", "b#2": "sent"}


def test_a_later_message_goes_into_the_thread_of_one_that_was_sent_with_its_own_replies(world: World) -> None:
    first = world.post("first")
    later = world.post("later", thread_of=first, message=Message("later", (), (Message("more", ()),)))
    dispatch.deliver(world.services, world.poster, later)
    assert world.poster.posted == [], "it waits for what it belongs to"
    world.go(20)
    assert world.poster.said == ["first", "later", "more"]
    assert [e.thread_ts for e in world.poster.posted] == [None, "17.000001", "17.000001"]


def test_a_later_message_stands_alone_if_what_it_belongs_to_was_not_delivered(world: World) -> None:
    world.poster.outcomes = [Refused("msg_too_long", "Shorten it.")]
    first = world.post("first")
    world.go(2)
    world.post("later", thread_of=first)
    world.go(20)
    assert [e.thread_ts for e in world.poster.posted if e.message.summary == "later"] == [None]


def test_one_target_that_fails_stops_no_other(world: World) -> None:
    world.poster.refusing = {"C0BAD": Refused("not_in_channel", "Invite it.")}
    for target in ("C0ONE", "C0BAD", "C0TWO"):
        world.post(target, target)
    world.go(10)
    assert {r.target: r.state for r in world.rows() if r.kind == "digest"} == {
        "C0ONE": "sent",
        "C0BAD": "failed",
        "C0TWO": "sent",
    }


def test_a_refusal_is_told_to_the_owner_and_every_admin_and_never_about_a_notice(world: World) -> None:
    world.poster.refusing = {
        "C0BAD": Refused("not_in_channel", "Invite Barometer."),
        "U1ADMIN": Refused("user_disabled", "Gone."),
    }
    one = world.post(target="C0BAD", owner="U0OWN", subject="ops-daily")
    world.go(60)
    assert world.row(one).error == "not_in_channel: Invite Barometer."
    assert [(n.target, n.state) for n in world.notices()] == [("U0ADMIN", "sent"), ("U0OWN", "sent"), ("U1ADMIN", "failed")]
    assert "Invite Barometer." in world.poster.said[1]
    assert "ops-daily" in world.poster.said[1]


@pytest.mark.parametrize(("kind", "waits"), [("digest", True), ("alert", False)])
def test_people_are_told_of_a_failure_when_their_quiet_hours_are_over(world: World, kind: str, waits: bool) -> None:
    settings = Settings(
        admins=frozenset({"U0ADMIN"}),
        timezone="Europe/Oslo",
        quiet_hours=QuietHours(time(20), time(8)),
        admin_channel="C0ADMIN",
    )
    world.services = Services(world.services.db, settings, world.services.now)
    world.clock.now = datetime(2026, 11, 24, 22, tzinfo=UTC)
    world.poster.refusing = {"C0OPS": Refused("is_archived", "The channel is archived.")}
    world.post(kind=kind, owner="U0OWN")
    world.go(3)
    assert [(n.target, n.state) for n in world.notices()] == [("C0ADMIN", "sent"), ("U0OWN", "due" if waits else "sent")]
    world.clock.now = datetime(2026, 11, 25, 7, tzinfo=UTC)
    world.go(3)
    assert {n.state for n in world.notices()} == {"sent"}


def test_quiet_hours_are_those_of_the_reader(world: World) -> None:
    settings = Settings(timezone="Europe/Oslo", quiet_hours=QuietHours(time(20), time(8)), admin_channel="C0ADMIN")
    world.services = Services(world.services.db, settings, world.services.now)
    for user, zone in (("U0TOKYO", "Europe/Oslo"), ("U0TOKYO", "Asia/Tokyo"), ("U0YORK", "America/New_York")):
        people.learn_zone(world.services, user, zone)
    world.clock.now = datetime(2026, 11, 24, 14, tzinfo=UTC)
    world.poster.refusing = {"C0OPS": Refused("is_archived", "The channel is archived.")}
    for owner in ("U0TOKYO", "U0YORK", "U0OSLO"):
        world.post(key=owner, owner=owner)
    world.go(10)
    due = {n.target: n.due_at for n in world.notices() if n.target.startswith("U")}
    assert due["U0TOKYO"] == datetime(2026, 11, 24, 23, tzinfo=UTC), "it is 23:00 there: told at 08:00"
    assert due["U0YORK"] < datetime(2026, 11, 24, 14, 1, tzinfo=UTC), "it is 09:00 there"
    assert due["U0OSLO"] < datetime(2026, 11, 24, 14, 1, tzinfo=UTC), "never heard of: the zone of the settings"


def test_the_admin_channel_is_told_instead_of_the_admins_unless_it_is_the_one_that_failed(world: World) -> None:
    world.services = Services(
        world.services.db, Settings(admins=frozenset({"U0ADMIN"}), admin_channel="C0ADMIN"), world.services.now
    )
    world.poster.refusing = {target: Refused("is_archived", "Unarchive it.") for target in ("C0BAD", "C0ADMIN")}
    world.post("a", target="C0BAD")
    world.post("b", target="C0ADMIN")
    world.go(10)
    assert [n.target for n in world.notices()] == ["C0ADMIN", "U0ADMIN"]


def test_slack_asks_to_wait_and_is_obeyed_for_that_channel_only(world: World) -> None:
    world.poster.outcomes = [Throttled(timedelta(seconds=30))]
    slow, other, same = world.post("1"), world.post("2", "C0TWO"), world.post("3")
    world.go(20)
    assert (world.row(slow).state, world.row(other).state, world.row(same).state) == ("due", "sent", "due")
    assert world.row(slow).tries == 0, "a wait that was asked for is no failed try"
    world.go(20)
    assert sorted(world.poster.said) == ["1", "1", "2", "3"]
    assert world.row(slow).state == "sent"


def test_two_channels_asked_to_wait_are_a_workspace_that_waits(world: World) -> None:
    world.poster.outcomes = [Throttled(timedelta(seconds=30)), Throttled(timedelta(seconds=30))]
    for target in ("C0ONE", "C0TWO", "C0SIX"):
        world.post(target, target)
    world.go(20)
    assert world.poster.said == ["C0ONE", "C0SIX"]
    world.go(60)
    assert sorted(world.poster.said) == ["C0ONE", "C0ONE", "C0SIX", "C0SIX", "C0TWO"]


def test_a_channel_gets_one_message_a_second_and_the_workspace_no_more_than_its_share(world: World) -> None:
    at: list[tuple[str, datetime]] = []
    post = world.poster.post
    world.poster.post = lambda envelope, may: (at.append((envelope.target, world.clock.now)), post(envelope, may))[1]  # type: ignore[method-assign]
    for n in range(30):
        world.post(f"k{n}", target=f"C{n % 3}")
    world.go(40)
    assert len(at) == 30
    for channel in ("C0", "C1", "C2"):
        times = [moment for target, moment in at if target == channel]
        assert min(b - a for a, b in itertools.pairwise(times)) >= timedelta(seconds=0.99)


def test_those_who_missed_their_turns_in_a_channel_do_not_all_go_at_once(world: World) -> None:
    moments: list[datetime] = []

    def noted() -> Outcome:
        moments.append(world.clock.now)
        return Sent("C0OPS", "1")

    world.poster.outcomes = [noted] * 6
    late = [world.post(f"k{n}") for n in range(6)]
    with world.services.db.begin() as connection:
        for n, each in enumerate(late):
            outbox.change(connection, each, slot_at=NOW + timedelta(seconds=n))
    world.clock.on(seconds=10)  # the process stood still while their turns went by
    world.go(20)
    assert len(moments) == 6
    assert min(later - sooner for sooner, later in itertools.pairwise(moments)) >= timedelta(seconds=1)
    assert moments[-1] - moments[0] <= timedelta(seconds=8)


def test_many_people_are_written_to_at_the_pace_of_the_workspace(world: World) -> None:
    for n in range(40):
        world.post(f"k{n}", target=f"U{n:04}")
    world.go(8)
    assert len(world.poster.posted) == 40
    assert world.clock.now - NOW >= timedelta(seconds=39 / 8)


def test_errors_that_pass_are_tried_until_the_deadline_ever_more_slowly(world: World) -> None:
    world.poster.outcomes = [Postponed("service_unavailable")] * 1000
    one = world.post(deadline=NOW + timedelta(hours=1), owner="U0OWN")
    world.go(3700)
    row = world.row(one)
    assert row.state == "failed"
    assert 12 <= row.tries <= 40
    assert [n.target for n in world.notices()] == ["U0ADMIN", "U0OWN", "U1ADMIN"]


def test_errors_that_slack_does_not_explain_are_tried_a_few_times(world: World) -> None:
    world.poster.refusing = {"C0OPS": Postponed("something_new", explained=False)}
    one = world.post()
    world.go(3600)
    assert (world.row(one).state, world.row(one).tries) == ("failed", UNEXPLAINED_TRIES)
    assert "something_new" in world.notices()[0].payload


@pytest.mark.parametrize(
    ("finding", "said"), [(Sent("C0OPS", "9"), ["k"]), (Missing(), ["k", "k"]), (Postponed("TimeoutError"), ["k"])]
)
def test_a_lost_answer_is_settled_by_looking(world: World, finding: Finding, said: list[str]) -> None:
    world.poster.outcomes, world.poster.findings = [Unknown("RemoteDisconnected")], [finding, Sent("C0OPS", "9")]
    one = world.post(message=Message("k", ()))
    world.go(2)
    assert world.row(one).state == "checking", "Slack is given a moment to show it"
    world.go(30)
    assert world.row(one).state == "sent"
    assert world.poster.said == said


@pytest.mark.parametrize("kind", ["digest", "survey"])
def test_a_digest_whose_fate_nobody_can_tell_is_not_repeated_and_told(world: World, kind: str) -> None:
    world.poster.outcomes, world.poster.findings = [Unknown("TimeoutError")], [Unreadable("missing_scope")]
    one = world.post(kind=kind, owner="U0OWN")
    world.go(600)
    assert world.row(one).state == "uncertain"
    assert "may stand there or not" in world.row(one).error
    assert [s for s in world.poster.said if s == "k"] == ["k"]
    assert len(world.notices()) == 3


@pytest.mark.parametrize("kind", ["alert", "incident"])
def test_an_alert_whose_fate_nobody_can_tell_is_repeated_and_marked(world: World, kind: str) -> None:
    world.poster.outcomes, world.poster.findings = [Unknown("TimeoutError")], [Unreadable("missing_scope")]
    one = world.post(kind=kind)
    world.go(30)
    assert world.row(one).state == "sent"
    assert world.poster.said == ["k", "k"]
    assert "repetition" in repr(world.poster.posted[1].message)
    assert "repetition" not in repr(world.poster.posted[0].message)


def test_what_a_dead_process_was_sending_is_looked_for_when_its_lease_has_run_out(world: World) -> None:
    class Killed(BaseException):
        pass

    def die() -> Outcome:
        raise Killed

    world.poster.outcomes = [die]
    one = world.post()
    with pytest.raises(Killed):
        dispatch.deliver(world.services, world.poster, one)
    world.go(50)
    assert world.row(one).state == "sending", "it may still be at work"
    world.poster.findings = [Missing()]
    world.go(30)
    assert world.row(one).state == "sent"
    assert world.poster.said == ["k", "k"]


def test_what_a_dead_process_was_looking_for_is_looked_for_by_another(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep puts its job in with a lease of its own, which must not look like that of the dead."""

    class Killed(BaseException):
        pass

    def die(envelope: Envelope) -> Finding:
        raise Killed

    taken: list[str] = []
    enqueue = lambda connection, job, argument, job_id, delay=None, rank=0: not taken.append(argument)  # noqa: E731
    monkeypatch.setattr(deliveries.queue, "enqueue", enqueue)
    world.poster.outcomes = [Unknown("TimeoutError")]
    one = world.post()
    dispatch.deliver(world.services, world.poster, one)
    world.clock.on(seconds=4)
    with monkeypatch.context() as dying:
        dying.setattr(world.poster, "find", die)
        with pytest.raises(Killed):
            dispatch.deliver(world.services, world.poster, one)
    world.clock.on(seconds=61)
    taken.clear()
    deliveries.sweep(world.services)
    assert taken == [one]
    world.poster.findings = [Sent("C0OPS", "7")]
    dispatch.deliver(world.services, world.poster, one)
    assert world.row(one).state == "sent"


def test_a_process_that_was_stopped_for_longer_than_its_lease_does_not_post(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = world.post()
    times = iter([0.0, 61.0])
    monkeypatch.setattr(dispatch.time, "monotonic", lambda: next(times, 61.0))
    dispatch.deliver(world.services, world.poster, one)
    assert world.poster.posted == []
    assert (world.row(one).state, world.row(one).tries) == ("due", 0), "nothing was sent, so that was no try"
    times = iter([])
    monkeypatch.setattr(dispatch.time, "monotonic", lambda: 0.0)
    world.go(1)
    assert world.row(one).state == "sent"


def test_a_late_process_does_not_put_back_what_others_have_taken_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    one = world.post()

    def slow(envelope: Envelope, may_post: Callable[[], bool]) -> None:
        world.clock.on(seconds=61)
        deliveries.sweep(world.services)

    monkeypatch.setattr(world.poster, "post", slow)
    dispatch.deliver(world.services, world.poster, one)
    assert (world.row(one).state, world.row(one).tries) == ("checking", 1)


def test_a_search_is_repeated_ever_more_slowly_however_often_the_message_was_tried(world: World) -> None:
    one = world.post()
    with world.services.db.begin() as connection:
        outbox.change(connection, one, tries=7)
    world.poster.outcomes = [Unknown("TimeoutError")]
    world.poster.findings = [Postponed("HTTP 500")] * 6
    waits = []
    world.go()
    world.clock.on(seconds=4)
    for _ in range(6):
        world.go()
        waits.append((world.row(one).due_at - world.clock.now).total_seconds())
        world.clock.on(seconds=waits[-1])
    assert all(2**n / 2 <= wait <= 2**n for n, wait in enumerate(waits, 1)), waits
    world.poster.findings = [Sent("C0OPS", "7")]
    world.go()
    assert (world.row(one).state, world.row(one).tries, world.row(one).looks) == ("sent", 8, 6)


def test_nothing_is_added_to_a_queue_that_is_behind(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.post()
    world.clock.on(seconds=61)
    monkeypatch.setattr(deliveries.queue, "waiting", lambda database, at_most: at_most)
    assert deliveries.sweep(world.services) == 0
    dying = world.post("dying", target="C0TWO")
    with world.services.db.begin() as connection:
        outbox.change(connection, dying, state="sending", lease_until=world.clock.now - timedelta(seconds=1))
    assert deliveries.sweep(world.services) == 1, "but whoever was sending this is dead"
    assert world.row(dying).state == "checking"
    monkeypatch.setattr(deliveries.queue, "waiting", lambda database, at_most: at_most - 1)
    assert deliveries.sweep(world.services) == 2


def test_what_a_late_process_did_post_is_believed_and_what_it_failed_at_is_not(world: World) -> None:
    one = world.post()

    def others_take_over(outcome: Outcome) -> Callable[[], Outcome]:
        def late() -> Outcome:
            world.clock.on(seconds=61)
            deliveries.sweep(world.services)
            return outcome

        return late

    world.poster.outcomes = [others_take_over(Refused("is_archived", "Unarchive it."))]
    dispatch.deliver(world.services, world.poster, one)
    assert world.row(one).state == "checking"
    world.poster.findings = [Missing()]
    world.poster.outcomes = [others_take_over(Sent("C0OPS", "7"))]
    world.go(1)
    assert (world.row(one).state, world.row(one).ts) == ("sent", "7")
    world.go(300)
    assert len(world.poster.posted) == 2


def test_what_was_never_queued_is_taken_up_by_the_sweep(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    one = world.post()
    queued: list[str] = []
    monkeypatch.setattr(
        deliveries.queue, "enqueue", lambda connection, job, argument, job_id, delay=None, rank=0: not queued.append(argument)
    )
    assert deliveries.sweep(world.services) == 1
    assert deliveries.sweep(world.services) == 0, "its job has a lease's time to come"
    world.clock.on(seconds=61)
    assert deliveries.sweep(world.services) == 1
    assert queued == [one, one]


def test_a_deadline_that_passed_before_the_first_try_skips_it_and_says_so(world: World) -> None:
    one = world.post(deadline=NOW + timedelta(minutes=5), owner="U0OWN")
    world.clock.on(minutes=6)
    world.go()
    assert world.row(one).state == "skipped"
    assert "has passed" in world.notices()[0].payload
    assert "k" not in world.poster.said


def test_what_is_due_later_waits(world: World) -> None:
    one = world.post(due_at=NOW + timedelta(minutes=2))
    dispatch.deliver(world.services, world.poster, one)
    world.go(119)
    assert world.poster.posted == []
    world.go(2)
    assert world.row(one).state == "sent"


def test_a_rehearsal_that_jumps_ahead_takes_nothing_from_who_is_at_work(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases are kept by the database's clock, so a moved clock of the bot lets none run out."""
    steady, moved = Clock(), Clock()
    monkeypatch.setattr(outbox, "clock", steady)
    world = World(Services(db, Settings(), moved), moved)
    one = world.post(deadline=NOW + timedelta(days=30))

    def jump() -> Outcome:
        moved.on(days=7)
        deliveries.sweep(world.services)
        assert world.row(one).state == "sending"
        return Sent("C0OPS", "1")

    world.poster.outcomes = [jump]
    dispatch.deliver(world.services, world.poster, one)
    assert world.row(one).state == "sent"


def test_the_figures_of_a_digest_are_noted_as_published(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[tuple[str, list[int]]] = []
    monkeypatch.setattr(outbox, "publish", lambda connection, one, figures: noted.append((one, list(figures))))
    one = world.post(figures=[3, 4])
    assert noted == [(one, [3, 4])]
    assert publication.c.delivery_id is not None


def test_history_shows_a_digest_with_its_runs_and_nobody_elses_direct_messages(world: World) -> None:
    world.post("a", subject="ops-daily@2026-11-24T09:00")
    world.clock.on(seconds=1)
    world.post("b", target="U0ANA", subject="ops-daily@2026-11-25T09:00")
    world.post("c", subject="ops-daily-2@2026-11-25T09:00")
    world.post("d", subject="ops_daily@x", target="U0BOB", owner="U0BOB")
    admin, ana, bob = Asker("U0ADMIN", admin=True), Asker("U0ANA"), Asker("U0BOB")
    assert [r.key for r in deliveries.history(world.services, admin, "ops-daily")] == ["b", "a"]
    assert [r.key for r in deliveries.history(world.services, bob, "ops-daily")] == ["a"]
    assert [r.key for r in deliveries.history(world.services, ana, "ops-daily")] == ["b", "a"]
    assert [r.key for r in deliveries.history(world.services, bob)] == ["d"]
    assert len(deliveries.history(world.services, admin)) == 4


def test_keys_of_any_length_are_told_apart(world: World) -> None:
    assert len({world.post("x" * 500 + str(n)) for n in range(3)}) == 3


def test_first_try_is_not_later_than_either_clock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "clock", lambda connection: datetime(2026, 11, 20, tzinfo=UTC))
    one = world.post()
    world.go()
    assert world.row(one).first_try_at == datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(("kind", "place"), [("digest", "U0001"), ("survey", paces.CROWD)])
def test_a_clock_that_was_ahead_for_a_moment_keeps_nothing_back(world: World, kind: str, place: str) -> None:
    until = NOW + timedelta(days=3)
    waiting = [world.post(f"k{n}", target="U0001", kind=kind, deadline=until) for n in range(20)]
    world.clock.on(days=1)
    with world.services.db.begin() as connection:
        paces.hold(connection, place).take(timedelta(minutes=1), timedelta(minutes=1))
    for each in waiting:
        dispatch.deliver(world.services, world.poster, each)
    assert all(world.row(each).slot_at for each in waiting)
    world.clock.on(days=-1)
    after = world.post("after", target="U0001", kind=kind)
    world.go(30)
    assert {world.row(each).state for each in (*waiting, after)} == {"sent"}


def test_a_turn_that_a_clock_that_was_ahead_gave_is_no_turn(world: World) -> None:
    one = world.post()
    with world.services.db.begin() as connection:
        outbox.change(connection, one, slot_at=NOW + timedelta(days=1))
    dispatch.deliver(world.services, world.poster, one)
    assert world.row(one).state == "sent"
