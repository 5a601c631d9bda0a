"""An independent check of Block Kit's limits, written from Slack's published table: imports nothing but itself."""

from playground.block_kit.checks import Problem
from playground.block_kit.surfaces import validate

__all__ = ["Problem", "validate"]
