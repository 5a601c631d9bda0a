"""What else the web application says: health, metrics, and what there is."""

from pathlib import Path

import pytest

from handlers.http import Health, application
from handlers.metrics import Metrics
from tests.handlers.slack.conftest import listening


def broken() -> str:
    from bot.domain.errors import Unavailable

    raise Unavailable


def test_a_process_that_can_work_says_so() -> None:
    with listening(application(None, Health(Metrics(), dict, {"database": lambda: "ok"}))) as web:
        assert web.get("/healthz").text == "ok\n"
        assert web.get("/readyz").json() == {"database": "ok"}
        assert web.post("/slack/events").status_code == 404


def test_a_process_that_cannot_work_says_why() -> None:
    health = Health(Metrics(), dict, {"database": broken, "engine": lambda: "the engine is not running yet"})
    with listening(application(None, health)) as web:
        answer = web.get("/readyz")
    assert answer.status_code == 503
    assert "cannot reach its database" in answer.json()["database"]
    assert "not running" in answer.json()["engine"]


def test_metrics_count_deliveries_by_state() -> None:
    with listening(application(None, Health(Metrics(), lambda: {"sent": 3, "failed": 1}))) as web:
        assert 'barometer_deliveries{state="sent"} 3' in web.get("/metrics").text


def test_the_description_of_the_api_fetches_nothing_from_elsewhere() -> None:
    with listening(application(None, Health(Metrics(), dict))) as web:
        page = web.get("/docs").text
    assert "/readyz" in page
    assert "http://" not in page
    assert "https://" not in page


@pytest.mark.parametrize(
    ("environment", "says"),
    [({}, "Set SLACK_BOT_TOKEN"), ({"SLACK_BOT_TOKEN": "xoxb-1"}, "Set SLACK_APP_TOKEN"), ({"PORT": "x"}, "PORT must be")],
)
def test_bad_settings_get_one_sentence(
    environment: dict[str, str], says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from click.testing import CliRunner

    from handlers.cli import main

    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(main, ["run"])
    assert result.exit_code == 2
    assert says in result.output
    assert len(result.output.splitlines()) == 1
