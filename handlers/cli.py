"""The terminal door."""

import click


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Barometer: an AI/ML organisation measures its own work, in Slack."""
