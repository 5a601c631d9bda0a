"""What can go wrong. The docstring of an error, filled in with its facts, is the text that the person reads."""

import inspect
from collections.abc import Sequence


class BarometerError(Exception):
    """Something was not right, and nothing was changed."""

    people: tuple[str, ...] = ()
    """The ids of the people whom the text names, each written there as `@id`."""

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(inspect.cleandoc(type(self).__doc__ or "").format(**facts))

    @property
    def text(self) -> str:
        """One clear sentence that says what to do next."""
        return str(self)


class InvalidInput(BarometerError):
    """{problem}"""

    def __init__(self, problem: str, field: str = "") -> None:
        super().__init__(problem=problem)
        self.field = field
        """What is wrong, by the name that it has in a form; empty: no field alone."""


class InvalidFields(InvalidInput):
    """{problem}"""

    def __init__(self, each: Sequence[InvalidInput]) -> None:
        """Several fields of a form are wrong, one at least; the text is that of the first."""
        super().__init__(each[0].text, each[0].field)
        self.each = tuple(each)


class NotAllowed(BarometerError):
    """Only {who} may {what}; ask one of them."""


class UnknownKpi(BarometerError):
    """There is no KPI called “{name}”. {hint}"""


class UnknownDigest(BarometerError):
    """There is no digest called “{name}”. {hint}"""


class Conflict(BarometerError):
    """{problem}"""

    def __init__(self, problem: str, people: tuple[str, ...] = ()) -> None:
        super().__init__(problem=problem)
        self.people = people


class Unavailable(BarometerError):
    """Barometer cannot reach its database now, so nothing was changed. Try again in a minute."""


class DiskFull(Unavailable):
    """The disk with Barometer's database is full, so nothing was changed. Make room on it, and try again."""


class ReadOnly(Unavailable):
    """Barometer may not write to its database, so nothing was changed. Let its user write to the file and its folder."""


class NoDatabase(Unavailable):
    """{file} is not a SQLite database, or is damaged; set DATABASE_URL to another file, or put a backup in its place."""


class NotOpened(Unavailable):
    """Barometer cannot open {file}; create the folder {folder}, or let Barometer's user write there."""


class NotMigrated(Unavailable):
    """Barometer's database is not up to date, so nothing was changed. Run barometer migrate, and try again."""
