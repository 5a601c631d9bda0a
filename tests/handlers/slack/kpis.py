"""KPIs for the tests of the Slack door: one of each sort that matters."""

from bot.domain.people import SYSTEM
from bot.services import Services, definitions

DEFINITIONS = """
apiVersion: barometer/v1
kind: KPISet
kpis:
  - name: mttr
    title: Mean time to recovery
    category: reliability
    definition: The mean time from detection to recovery.
    inputs: {durations: {title: Durations, aggregate: list, kind: list, min: 0}}
    formula: mean(durations)
    unit: {code: h}
    direction: down
    frequency: [week]
    target: {max: 4}
    owner: sre
    dimensions: [model, severity, cause]
    entry: {mode: manual}
  - name: approval
    title: Approval consistency
    category: risk
    definition: The share of approvals that agree.
    inputs: {agreed: {title: Agreed, min: 0, integer: true}, all: {title: All, min: 0, integer: true}}
    formula: agreed / all
    unit: {code: ratio}
    direction: up
    frequency: [month]
    target: {min: 0.9}
    estimator: {methods: {value: wilson}, numerator: agreed, denominator: all, n: all}
    owner: risk_officer
    dimensions: [team]
    entry: {mode: manual, approve: owner}
  - name: secret-spend
    title: Secret spend
    category: business_impact
    definition: What is spent on what nobody may know.
    inputs: {spent: {title: Spent, min: 0}}
    formula: spent
    unit: {code: EUR}
    direction: down
    frequency: [month]
    owner: executive_sponsor
    visibility: [executive]
    entry: {mode: manual}
"""


def define(services: Services) -> None:
    """Put them in force."""
    definitions.define(services, SYSTEM, DEFINITIONS, "for the tests")
