"""The example organisation: three models, two teams, and half a year of every KPI."""
