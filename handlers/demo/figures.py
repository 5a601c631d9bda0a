"""Half a year of every KPI of the example organisation: improving, drifting, missing a target, as real ones do."""

from random import Random

from handlers.demo.stories import MODELS, TEAMS, Inputs, Story, Tell, about, between, classified, counted, durations, step

FRAUD, RANKING, TRIAGE = MODELS


def revenue_lift(at: float, rng: Random) -> Inputs:
    """Revenue per user +1 % growing to +6 %, on 40,000 users a side."""
    users = 40_000
    control = about(rng, 12.4, 0.01)
    lift = between(at, 0.01, 0.06) + rng.gauss(0, 0.006)
    return {
        "rev_ai": round(control * (1 + lift) * users, 2),
        "rev_control": round(control * users, 2),
        "users_ai": users,
        "users_control": users,
        "sd_ai": 31.0,
        "sd_control": 30.4,
    }


def cost_savings(at: float, rng: Random) -> Inputs:
    """The cost of a ticket falls from 12 towards 6, while more of them come."""
    volume = round(about(rng, between(at, 10_000, 12_500), 0.03))
    each = between(at, 10.9, 5.8) * rng.gauss(1, 0.02)
    return {"cost_before": 120_000, "vol_before": 10_000, "cost_after": round(each * volume, 2), "vol_after": volume}


def share(start: float, end: float, n: int, top: str, bottom: str) -> Tell:
    """`top` of `bottom`, about `n` of them, from one share to another."""

    def tell(at: float, rng: Random) -> Inputs:
        total = max(8, round(about(rng, n, 0.05)))
        return {top: counted(rng, total, between(at, start, end)), bottom: total}

    return tell


def conversion_lift(at: float, rng: Random) -> Inputs:
    """A control at 2.0 %, and lift that grows from 0.4 points to 1.1."""
    users = round(about(rng, 30_000, 0.04))
    return {
        "c_ai": counted(rng, users, 0.020 + between(at, 0.004, 0.011)),
        "n_ai": users,
        "c_ctl": counted(rng, users, 0.020),
        "n_ctl": users,
    }


def auc(start: float, end: float) -> Tell:
    """An area under the curve with the counts behind it."""

    def tell(at: float, rng: Random) -> Inputs:
        area = round(min(0.995, between(at, start, end) + rng.gauss(0, 0.004)), 4)
        return {"auc": area, "positives": 900, "negatives": 8_100}

    return tell


def drift(calm: float, moved: float, name: str) -> Tell:
    """An index that is calm and then, in the last weeks, is not."""

    def tell(at: float, rng: Random) -> Inputs:
        rows = round(about(rng, 20_000, 0.05))
        return {name: round(about(rng, step(at, 0.92, calm, moved), 0.12), 4), "rows": rows}

    return tell


def feature_drift(at: float, rng: Random) -> Inputs:
    """A critical feature whose distribution moves in the last weeks."""
    p = step(at, 0.9, rng.uniform(0.08, 0.9), rng.uniform(0.0005, 0.006))
    return {"min_p": round(p, 5), "max_d": round(step(at, 0.9, 0.03, 0.13) * rng.gauss(1, 0.1), 4), "rows": 20_000}


def outages(start: float, end: float, events: int) -> Tell:
    """Hours, one for each incident or finding."""

    def tell(at: float, rng: Random) -> Inputs:
        several = max(2, events + rng.choice((-1, 0, 1)))
        return {"hours": durations(rng, between(at, start, end), several)}

    return tell


def uptime(at: float, rng: Random) -> Inputs:
    """A million requests a day, a few hundred of them failing, and one bad day."""
    total = round(about(rng, 1_000_000, 0.03))
    failed = counted(rng, total, 0.0031 if 0.93 < at < 0.94 else 0.0003)
    return {"good": total - failed, "total": total}


def latency(start: float, end: float) -> Tell:
    """Milliseconds at the 95th percentile."""

    def tell(at: float, rng: Random) -> Inputs:
        return {"ms": round(about(rng, between(at, start, end), 0.04), 1), "requests": round(about(rng, 1_000_000, 0.03))}

    return tell


def time_to_production(at: float, rng: Random) -> Inputs:
    """Weeks from conception to production, project by project."""
    return {"weeks": [round(about(rng, between(at, 19, 9), 0.2), 1) for _ in range(rng.choice((3, 4, 5)))]}


def compliance(at: float, rng: Random) -> Inputs:
    """One major finding long ago, some minor ones."""
    minor = rng.choice((1, 2, 3))
    return {"major": 1 if at < 0.3 else 0, "minor": minor, "minor_planned": minor, "audits": 4}


def survey(start: float, end: float, invited: int) -> Tell:
    """A score of 100 with how many answered."""

    def tell(at: float, rng: Random) -> Inputs:
        answered = counted(rng, invited, 0.78)
        score = round(between(at, start, end) + rng.gauss(0, 1), 1)
        return {"score": score, "responses": answered, "invited": invited, "sd": 17.0}

    return tell


def false_positives(at: float, rng: Random) -> Inputs:
    """From 9.0 % to 7.0 % of some 10,000 good customers."""
    negatives = round(about(rng, 10_000, 0.03))
    wrong = counted(rng, negatives, between(at, 0.090, 0.070))
    return {"false_positives": wrong, "negatives": negatives}


def fairness(at: float, rng: Random) -> Inputs:
    """Favourable decisions in the group with the lowest rate, and in the one with the highest."""
    return {
        "favoured_low": counted(rng, 2_400, between(at, 0.40, 0.43)),
        "n_low": 2_400,
        "favoured_high": counted(rng, 3_100, 0.50),
        "n_high": 3_100,
    }


def overrides(at: float, rng: Random) -> Inputs:
    """People overrule the model less, and rightly more often."""
    total = round(about(rng, 500, 0.06))
    overruled = counted(rng, total, between(at, 0.18, 0.075))
    return {"overrides": overruled, "decisions": total, "overrides_correct": counted(rng, overruled, between(at, 0.6, 0.8))}


STORIES = (
    Story("revenue-lift", revenue_lift),
    Story("cost-savings", cost_savings),
    Story("automation-rate", share(0.24, 0.46, 12_000, "auto", "eligible")),
    Story("conversion-lift", conversion_lift),
    Story("model-accuracy", share(0.902, 0.924, 3_000, "correct", "total")),
    Story("model-accuracy", share(0.902, 0.931, 1_000, "correct", "total"), {"model": FRAUD}),
    Story("model-accuracy", share(0.911, 0.889, 1_000, "correct", "total"), {"model": RANKING}),
    Story("model-accuracy", share(0.893, 0.940, 1_000, "correct", "total"), {"model": TRIAGE}),
    Story("model-auc", auc(0.832, 0.861)),
    Story("model-auc", auc(0.871, 0.902), {"model": FRAUD}),
    Story("model-auc", auc(0.815, 0.792), {"model": RANKING}),
    Story("model-f1", lambda at, rng: classified(rng, 4_000, between(at, 0.71, 0.80))),
    Story("prediction-drift-psi", drift(0.045, 0.145, "psi")),
    Story("prediction-drift-psi", drift(0.040, 0.041, "psi"), {"model": FRAUD}),
    Story("prediction-drift-psi", drift(0.050, 0.068, "psi"), {"model": RANKING}),
    Story("prediction-drift-kl", drift(0.021, 0.034, "kl")),
    Story("feature-drift", feature_drift),
    Story("mttd", outages(7.5, 2.3, 7)),
    Story("mttd", outages(8.0, 1.4, 4), {"model": FRAUD}),
    Story("mttr", outages(30.0, 13.0, 7)),
    Story("uptime", uptime),
    Story("latency-p95", latency(236, 178)),
    Story("time-to-production", time_to_production),
    Story("reproducibility-rate", share(0.70, 0.99, 24, "reproduced", "attempted")),
    *(Story("reproducibility-rate", share(0.70, 0.93, 12, "reproduced", "attempted"), {"team": t}) for t in TEAMS),
    Story("compliance-issues", compliance),
    Story("engagement", survey(64, 72, 24)),
    Story("retention", lambda _at, _rng: {"stayed": 35, "start": 40}),
    Story("false-positive-rate", false_positives),
    Story("approval-consistency", share(0.78, 0.90, 150, "same", "pairs")),
    Story("explainability-coverage", share(0.93, 1.0, 4_000, "explained", "decisions")),
    Story("fairness-ratio", fairness),
    Story("override-rate", overrides),
    Story("diagnostic-accuracy", share(0.84, 0.91, 300, "agreed", "cases")),
    Story("clinician-satisfaction", survey(62, 76, 40)),
    Story("remediation-turnaround", outages(190.0, 24.0, 6)),
    Story("mttr", outages(24.0, 9.0, 4), {"model": FRAUD}),
)
