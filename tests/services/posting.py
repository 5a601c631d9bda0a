"""A place to post to that keeps what it takes, finds it again, and fails as it is told to."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.domain.deliveries import Envelope, Finding, Missing, Outcome, Sent


@dataclass
class Box:
    """`fails` are outcomes of the next posts, in order; "lost": it was taken, and the answer was not heard."""

    posted: list[Envelope] = field(default_factory=list)
    fails: list[Outcome | Exception] = field(default_factory=list)
    unread: list[Finding] = field(default_factory=list)
    lost: bool = False
    looks: int = 0
    before: Callable[[Envelope], None] = lambda envelope: None

    def post(self, envelope: Envelope, may_post: Callable[[], bool]) -> Outcome | None:
        self.before(envelope)
        if not may_post():
            return None
        if self.fails:
            if self.lost:
                self.posted.append(envelope)
            failure = self.fails.pop(0)
            if isinstance(failure, Exception):
                raise failure
            return failure
        self.posted.append(envelope)
        return Sent(f"D{envelope.target}", str(len(self.posted)))

    def find(self, envelope: Envelope) -> Finding:
        self.looks += 1
        if self.unread:
            return self.unread.pop(0)
        return next((Sent("D", "1") for each in self.posted if each.id == envelope.id), Missing())

    @property
    def targets(self) -> list[str]:
        return sorted(each.target for each in self.posted)
