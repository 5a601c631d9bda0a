"""What Barometer knows and decides. Knows no Slack and no HTTP server."""
