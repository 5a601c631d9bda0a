"""A local Slack workspace for trying the bot without Slack, and for tests."""
