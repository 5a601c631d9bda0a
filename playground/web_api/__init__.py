"""The methods of Slack's Web API that a bot which measures and reports uses."""
