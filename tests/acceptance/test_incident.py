"""`/incident` in the running program: its own channel and marked messages, over a socket and by signed HTTP."""

from playground.workspace import Channel
from tests.acceptance.conftest import ADA, GRACE, Person, words

LINUS = "U0SRE"


def own_channel(person: Person, name: str) -> Channel:
    channels = person.workspace.workspace.channels
    return person.workspace.wait_for(lambda: next((c for c in channels.values() if c.name == name), None), 30)


def test_an_incident_has_a_channel_with_its_people_and_what_happens_in_it(ada: Person) -> None:
    workspace = ada.workspace
    assert "A channel of its own is being made" in ada.says('/incident open "Scores are 0" severity=high channel=new')
    made = own_channel(ada, "inc-1-scores-are-0")
    workspace.wait_for(lambda: ADA in made.members and made.topic == "INC-1 · high · open · Scores are 0")
    workspace.wait_for(lambda: "INC-1 · Scores are 0" in words(made.messages))
    workspace.wait_for(lambda: "INC-1 has a channel of its own" in words(workspace.messages(ada.channel)))
    ada.says(f"/incident assign INC-1 commander=<@{LINUS}>")
    ada.says("/incident ack INC-1")
    workspace.wait_for(lambda: LINUS in made.members and "acknowledged" in made.topic)
    workspace.wait_for(lambda: "is on it" in words(made.messages))
    assert "is on it" not in words(workspace.messages(ada.channel))


def test_a_message_that_is_marked_is_in_the_timeline(ada: Person) -> None:
    workspace, made = ada.workspace, own_channel(ada, "inc-1-scores-are-0")
    said = workspace.say(ADA, made.id, "p99 is up since <noon> & rising")
    for user in (ADA, LINUS):
        workspace.react(user, made.id, said["ts"])
    workspace.wait_for(lambda: "p99 is up since <noon> & rising" in ada.says("/incident timeline INC-1"))
    assert "Timeline of INC-1: 5 entries." in ada.says("/incident timeline INC-1"), "opened, channel, commander, ack, message"
    assert len(workspace.log("conversations.replies")) == 1, "one message is read once"


def test_a_private_incident_has_a_private_channel_and_is_not_there_for_others(ada: Person, grace: Person) -> None:
    linus = Person(ada.workspace, LINUS, ada.channel)
    before = len(ada.workspace.messages(ada.channel))
    ada.says('/incident open "A leak" private=yes channel=new')
    made = own_channel(ada, "inc-2-a-leak")
    assert made.is_private
    ada.workspace.wait_for(lambda: ADA in made.members and "A leak" in words(made.messages))
    assert "There is no INC-2" in linus.says("/incident show INC-2")
    assert "A leak" not in linus.says("/incident list")
    assert "A leak (private)" in grace.says("/incident list"), "admins see it"
    assert LINUS not in made.members
    assert GRACE not in made.members
    ada.says(f"/incident assign INC-2 member=<@{LINUS}>")
    ada.workspace.wait_for(lambda: LINUS in made.members)
    assert "A leak" in linus.says("/incident show INC-2")
    ada.says(f"/incident assign INC-2 remove=<@{LINUS}>")
    ada.workspace.wait_for(lambda: LINUS not in made.members)
    assert len(ada.workspace.messages(ada.channel)) == before, "nothing of it stands where it was opened"


def test_a_channel_that_slack_does_not_make_is_told_in_a_sentence(ada: Person) -> None:
    ada.workspace.fault("error", method="conversations.create", error="restricted_action", times=1)
    ada.says('/incident open "Late" channel=new')
    ada.workspace.wait_for(lambda: "INC-3 has no channel of its own: The workspace lets only some people" in ada.hears(), 30)
    ada.says("/incident channel INC-3")
    own_channel(ada, "inc-3-late")
