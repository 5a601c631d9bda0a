"""`python -m playground`: the workspace alone, for an app that connects to it."""

import argparse
import sys
from pathlib import Path

from playground.server import Playground


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; says where, and with which tokens."""
    parser = argparse.ArgumentParser(prog="python -m playground", description=__doc__)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--manifest", type=Path, help="the app's manifest: its scopes, commands and events then hold")
    parser.add_argument("--request-url", help="reach the app by signed HTTP at this address instead of Socket Mode")
    parser.add_argument("--no-rate-limits", action="store_true", help="let every call pass, however many come")
    given = parser.parse_args(arguments)
    options = {"manifest": given.manifest, "request_url": given.request_url, "rate_limits": not given.no_rate_limits}
    with Playground(given.port, **options) as playground:
        lines = [
            f"Open {playground.url}",
            f"SLACK_API_URL={playground.api_url}",
            f"SLACK_BOT_TOKEN={playground.bot_token}",
            f"SLACK_APP_TOKEN={playground.app_token}",
            f"SLACK_SIGNING_SECRET={playground.signing_secret}",
        ]
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
        try:
            playground.wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
