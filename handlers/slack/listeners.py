"""From Slack's request to one of our functions, and from its answer to what Slack wants to hear."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import App, BoltRequest, BoltResponse

from bot.domain.parts import Message
from bot.services import Services, people
from handlers.slack import bodies, words
from handlers.slack.blocks import modals
from handlers.slack.blocks.modals import Choice
from handlers.slack.form_words import errors_in_form
from handlers.slack.native_charts import NativeCharts
from handlers.slack.people import Known, Zones
from handlers.slack.problems import Problems
from handlers.slack.replies import Replies, done
from handlers.slack.request import Answer, Errors, Request

Function = Callable[[Request], Answer]
Search = Callable[[Request], tuple[Choice, ...]]
Hearing = Callable[[Request, Mapping[str, Any]], None]
When = Callable[[Services, Mapping[str, Any]], bool]


class Listeners:
    """What is listened for. A function gets a `Request` and returns an `Answer`; what it raises becomes a sentence."""

    def __init__(self, app: App, services: Services, zones: Zones, replies: Replies) -> None:
        self._app = app
        self._services = services
        self._zones = zones
        self._replies = replies
        self._charts = NativeCharts(services)
        self.names: dict[str, set[str]] = {"command": set(), "button": set(), "form": set(), "search": set(), "event": set()}
        self.names["shortcut"] = set()
        self.discreet: set[str] = set()
        """The buttons and forms that say of themselves that nothing of them may be written down."""
        problems = Problems(replies)

        @app.error
        def explain(error: Exception, request: BoltRequest) -> BoltResponse:
            return problems.answer(error, request)

    def command(self, name: str, function: Function) -> None:
        """Hear a slash command."""
        self.names["command"].add(name)

        def listener(request: BoltRequest) -> BoltResponse:
            asked = self._request(request.body, words=words.parse(request.body.get("text") or ""))
            return self._replies.to_command(asked, request.body.get("trigger_id", ""), self._answer(function, asked))

        self._app.command(name)(listener)

    def button(self, action: str, function: Function, *, discreet: bool = False) -> None:
        """Hear a button, or a change in a field that is `live`. `discreet`: that it was pressed is written down nowhere."""
        self.names["button"].add(action)
        self.discreet.update([action] if discreet else [])

        def listener(request: BoltRequest) -> BoltResponse:
            asked = self._request(request.body, value=bodies.pressed(request.body), discreet=discreet)
            return self._replies.to_button(asked, request.body, self._answer(function, asked))

        # A second button of the same kind in one block carries a number, because ids there must differ.
        self._app.action(re.compile(rf"^{re.escape(action)}(#\d+)?$"))(listener)

    def form(self, name: str, function: Function, *, discreet: bool = False) -> None:
        """Hear a form that is submitted. `discreet`: that somebody did is written down nowhere, nor what was filled in."""
        self.names["form"].add(name)
        self.discreet.update([name] if discreet else [])

        def listener(request: BoltRequest) -> BoltResponse:
            asked = self._request(request.body, discreet=discreet)
            answer = self._answer(function, asked)
            if isinstance(answer, Errors):
                answer = Errors(errors_in_form(answer.by_field, bodies.fields(request.body)))
            return self._replies.to_form(asked, answer)

        self._app.view(name)(listener)

    def search(self, action: str, function: Search) -> None:
        """Hear what is typed in a field that searches, and give the choices."""
        self.names["search"].add(action)

        def listener(request: BoltRequest) -> BoltResponse:
            asked = self._request(request.body, value=str(request.body.get("value") or ""))
            return BoltResponse(status=200, body=modals.options(function(asked)))

        self._app.options(action)(listener)

    def shortcut(self, name: str, function: Function) -> None:
        """Hear a shortcut that is used on a message; `value` is the message, as `bodies.message` gives it."""
        self.names["shortcut"].add(name)

        def listener(request: BoltRequest) -> BoltResponse:
            asked = self._request(request.body, value=bodies.message(request.body))
            return self._replies.to_button(asked, request.body, self._answer(function, asked))

        self._app.message_shortcut(name)(listener)

    def event(self, name: str, function: Hearing, when: When = lambda services, event: True, *, discreet: bool = False) -> None:
        """Hear an event of the workspace. Where `when` says no, it is not even looked up whose it is.

        Of one that is `discreet` nothing is written down, not even that it was heard of somebody.
        """
        self.names["event"].add(name)

        def listener(request: BoltRequest) -> BoltResponse:
            if when(self._services, request.body["event"]):
                function(self._request(request.body, discreet=discreet), request.body["event"])
            return done()

        self._app.event(name)(listener)

    def _answer(self, function: Function, asked: Request) -> Answer:
        answer = function(asked)
        return self._charts.fitted(answer) if isinstance(answer, Message) else answer

    def _request(
        self, body: Mapping[str, Any], words: words.Words | None = None, value: str = "", *, discreet: bool = False
    ) -> Request:
        place = bodies.place(body)
        # A zone that is learnt is kept with the time at which it was.
        known = Known("", "") if discreet else self._zones.of(place.user)
        return Request(
            services=self._services,
            asker=people.asker(self._services, place.user, known.zone, known.outside),
            client=self._replies.client,
            place=place,
            key=bodies.key(body),
            words=words or _NO_WORDS,
            value=value,
            values=bodies.values(body),
            state=bodies.state(body),
        )


_NO_WORDS = words.Words()
