"""Who is invited: words and files that say it, and who of them is left out."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.audiences import (
    LONGEST_CUT,
    MOST_GROUPS,
    REASONS,
    Audience,
    BadRoster,
    Chosen,
    Member,
    audience_without,
    chosen,
    file_without,
    read_audience,
    read_file,
)
from bot.domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<#C0MLOPS|ml-ops>", Audience(channels=("C0MLOPS",))),
        ("<#C0MLOPS>", Audience(channels=("C0MLOPS",))),
        ("G0OLD", Audience(channels=("G0OLD",))),
        ("#C0MLOPS", Audience(channels=("C0MLOPS",))),
        ("<!subteam^S0ONCALL|@ml-oncall>", Audience(groups=("S0ONCALL",))),
        ("<!subteam^S0ONCALL>", Audience(groups=("S0ONCALL",))),
        ("<@U0ADA|Ada Lovelace, who reads this>", Audience(people=("U0ADA",))),
        ("<@W0ADA>", Audience(people=("W0ADA",))),
        (
            " <#C0A|a>,<#C0B|b> ,\n S0X,, <@U0ADA><@U0BEN> ",
            Audience(("C0A", "C0B"), ("S0X",), ("U0ADA", "U0BEN")),
        ),
        ("U0ADA <@U0ADA|ada> U0ADA", Audience(people=("U0ADA",))),
    ],
)
def test_words_name_an_audience(text: str, expected: Audience) -> None:
    assert read_audience(text) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Say who is asked"),
        (" ,, ", "Say who is asked"),
        ("<!channel>", "“<!channel>” names no channel; name the channel whose members are asked"),
        ("C0MLOPS @here", "“@here” names no channel"),
        ("<!everyone|everyone>", "names no channel"),
        ("#general", "“#general” is no channel, user group or person; mention it"),
        ("@ada", "“@ada” is no"),
        ("D0DIRECT", "“D0DIRECT” is no"),
        ("<#U0ADA>", "“<#U0ADA>” is no"),
        ("<@S0X>", "is no"),
        ("<!subteam^C0A>", "is no"),
        ("<@U0ADA", "“<” is no"),
        ("c0mlops", "is no"),
        ("C0A " + "x" * 5_000, "“" + "x" * 39 + "…” is no"),
        (" ".join(f"U{n:05}" for n in range(101)), "names 101 channels, groups and people; name at most 100"),
    ],
)
def test_what_names_no_audience_is_refused_in_one_sentence(text: str, told: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_audience(text)
    assert told in refused.value.text
    assert len(refused.value.text) < 160


ids = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=2, max_size=10)


def _of(letters: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.builds(str.__add__, st.sampled_from(letters), ids), max_size=8, unique=True).map(tuple)


@given(st.builds(Audience, _of("CG"), _of("S"), _of("UW")).filter(lambda audience: audience != Audience()))
def test_the_words_of_an_audience_read_as_that_audience(audience: Audience) -> None:
    assert read_audience(audience.words) == audience


@given(st.text("<>@#!^|, CUS0subteam", max_size=40) | st.text(max_size=40))
def test_any_other_text_is_read_or_refused(text: str) -> None:
    with suppress(InvalidInput):
        assert read_audience(text) != Audience()


def test_everybody_who_can_be_invited_is_and_the_rest_is_counted_by_reason() -> None:
    ada, ben = Member("U0ADA", "Europe/Oslo", "en-US"), Member("U0BEN", "Asia/Kolkata", "de-DE")
    others = [
        Member("U0BOT", is_bot=True),
        Member("U0BOT2", is_bot=True, is_deleted=True),
        Member("U0GONE", is_deleted=True, is_guest=True),
        Member("U0GUEST", is_guest=True),
        Member("U0NO"),
        Member("U0WHO", is_unknown=True),
    ]
    found = chosen([ben, *others, ada, ben], {"U0NO", "U0GUEST", "U0ELSE"})
    assert found == Chosen((ada, ben), {"unknown": 1, "bot": 2, "deactivated": 1, "guest": 1, "opted out": 1})
    assert list(found.left_out) == list(REASONS)
    assert chosen([]) == Chosen((), {})


members = st.builds(Member, ids, st.just("UTC"), st.just("en"), *[st.booleans()] * 4)


@given(st.lists(members, max_size=20), st.sets(ids, max_size=5), st.randoms(use_true_random=False))
def test_each_is_invited_once_or_counted_once_in_whatever_order_they_come(
    given_members: list[Member], opted_out: set[str], random: object
) -> None:
    unique = list({member.user_id: member for member in given_members}.values())
    found = chosen(unique, opted_out)
    assert len(found.invited) + sum(found.left_out.values()) == len(unique)
    assert all(member == Member(member.user_id, "UTC", "en") for member in found.invited)
    assert not {member.user_id for member in found.invited} & opted_out
    random.shuffle(unique)  # type: ignore[attr-defined]
    assert chosen(unique + unique, opted_out) == found


def test_a_file_says_who_is_in_which_group() -> None:
    roster = read_file("\ufeffPerson;Team;Tenure\nU0ADA;Søk  og\tdata;3+ years\n<@U0BEN|ben>;Ops;\n\n'@W0CAT;;\n".encode())
    assert roster.cuts == ("team", "tenure")
    assert roster.people == {
        "U0ADA": {"team": "Søk og data", "tenure": "3+ years"},
        "U0BEN": {"team": "Ops"},
        "W0CAT": {},
    }
    assert roster.audience == Audience(people=("U0ADA", "U0BEN", "W0CAT"))


def test_a_file_of_people_alone_has_no_cuts() -> None:
    assert read_file(b"user\nU0ADA\n").people == {"U0ADA": {}}


def test_every_wrong_line_is_told_with_its_number() -> None:
    long = "x" * (LONGEST_CUT + 1)
    text = f'person,team\nU0ADA,"two\nlines"\nada,Ops\nU0BEN,{long}\nU0CAT\nU0ADA,Ops\n,Ops\n'
    with pytest.raises(BadRoster) as refused:
        read_file(text.encode())
    assert [(p.line, p.column) for p in refused.value.problems] == [
        (4, "person"),
        (5, "team"),
        (6, ""),
        (7, "person"),
        (8, "person"),
    ]
    assert refused.value.text == (
        "The file was not taken. Mend line 4, person: “ada” is no person; write an id from a profile, such as U01ABCDEF; "
        "line 5, team: is longer than 60 characters; shorten it; "
        "line 6: has not 2 cells as the header has; check its separators and quotes; and 2 more."
    )
    assert "line 2 already" in refused.value.problems[3].text


def test_a_cut_has_at_most_fifty_groups() -> None:
    rows = [f"U{n:03},{n % MOST_GROUPS}" for n in range(200)]
    assert len(read_file("\n".join(["person,team", *rows]).encode()).people) == 200
    with pytest.raises(BadRoster, match="line 202, team: is the 51st group; use at most 50"):
        read_file("\n".join(["person,team", *rows, "U900,new", "U901,newer"]).encode())


def test_a_group_of_sixty_characters_is_not_too_long() -> None:
    assert read_file(b"person,team\nU0ADA," + b"x" * LONGEST_CUT).people["U0ADA"]["team"] == "x" * LONGEST_CUT


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"person,team\n", "names nobody"),
        (b"U0ADA,Ops\nU0BEN,Ops\n", "The first line of the file names a person"),
        (b"person,\nU0ADA,Ops\n", "has no name"),
        (b"person,team,Team\nU0ADA,a,b\n", "twice"),
        (b"person,a=b\nU0ADA,x\n", "“a=b” has “=” in it; give the column another name"),
        (b"person,team=\nU0ADA,x\n", "“team=” has “=” in it"),
        (b"person,team,=cmd\nU0ADA,x,y\n", "“=cmd” has “=” in it"),
        (b"person," + b"x" * 61 + b"\nU0ADA,a\n", "is too long"),
        (b"person,team\nU0ADA,\xff\n", "is not UTF-8"),
        (b"person\n" + b"\n".join(b"U%06d" % n for n in range(20_001)), "more than 20,000 rows"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(content: bytes, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        read_file(content)


def test_twenty_thousand_people_are_read() -> None:
    content = b"person,team\n" + b"\n".join(b"U%06d,%d" % (n, n % 50) for n in range(20_000))
    assert len(read_file(content).people) == 20_000


def test_a_person_is_left_out_for_the_first_reason_only() -> None:
    worst = Member("U0X", is_bot=True, is_guest=True, is_deleted=True, is_unknown=True)
    seen = []
    for flag in ("is_unknown", "is_bot", "is_deleted", "is_guest"):
        seen += chosen([worst], {"U0X"}).left_out
        worst = replace(worst, **{flag: False})
    assert seen + list(chosen([worst], {"U0X"}).left_out) == list(REASONS)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<@U0001>, <@U0002|ada> #C0TEAM", "<@U0001> #C0TEAM"),
        ("U0002", ""),
        ("U0001,  U00021", "U0001,  U00021"),
        ("<#C0TEAM|U0002> <!subteam^S0002>", "<#C0TEAM|U0002> <!subteam^S0002>"),
    ],
)
def test_somebody_is_taken_out_of_the_words_of_an_audience_and_nobody_else(text: str, left: str) -> None:
    assert audience_without(text, "U0002") == left


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_somebody_is_taken_out_of_a_file_and_all_others_stay_in_their_groups(separator: str, ends: str) -> None:
    lines = [
        ["person", "team"],
        ["<@U0001|a>", '"data, ""and""\nmore; yet"'],
        ["U0002", "ops"],
        ["@U0003", "'=1"],
        ["U0004", ""],
    ]
    file = ends.join(separator.join(cells) for cells in lines)
    before, after = read_file(file.encode()), read_file(file_without(file, "U0002").encode())
    assert "U0002" not in file_without(file, "U0002")
    assert after.cuts == before.cuts
    assert after.people == {user: groups for user, groups in before.people.items() if user != "U0002"}
    assert file_without(file, "U0005") == file
