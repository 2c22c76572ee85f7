"""Choose a threshold by expected cost where it will be used, not where the data were collected."""

import numpy as np

FUNCTION = "choose_threshold"
FORBIDDEN = ["sklearn"]


def cases():
    """(name, what the function gets, what stays here). Radii as in the lesson; each clinic has another mixture."""
    rng = np.random.default_rng(7)
    for name, sizes, prevalence, missed, alarm in [
        ("a rare disease", (3700, 6300), 0.01, 10.0, 1.0),
        ("rare, and terrible to miss", (2000, 8000), 0.02, 400.0, 1.0),
        ("alarms that cost as much as a miss", (9000, 1500), 0.1, 1.0, 1.0),
        ("common, cheap alarms", (2000, 8000), 0.4, 50.0, 1.0),
    ]:
        scale = float(rng.uniform(0.5, 2.0))
        ill, healthy = rng.normal(21.1, 4.3, sizes[0]) * scale, rng.normal(13.4, 2.0, sizes[1]) * scale
        given = {"ill": ill, "healthy": healthy, "prevalence": prevalence, "cost_missed": missed, "cost_alarm": alarm}
        fresh = {"ill": rng.normal(21.1, 4.3, 20000) * scale, "healthy": rng.normal(13.4, 2.0, 20000) * scale}
        yield name, given, fresh


def expected_cost(threshold, ill, healthy, prevalence, cost_missed, cost_alarm):
    missed = np.searchsorted(np.sort(ill), threshold, side="right") / len(ill)
    alarm = 1 - np.searchsorted(np.sort(healthy), threshold, side="right") / len(healthy)
    return prevalence * missed * cost_missed + (1 - prevalence) * alarm * cost_alarm


def judge(decision, case):
    number = isinstance(decision, (int, float, np.number, np.ndarray)) and not isinstance(decision, bool)
    if not number or np.size(decision) != 1 or not np.isfinite(np.ravel(decision)[0]):
        return f"one finite number is expected, {decision!r} came"
    threshold = float(np.ravel(decision)[0])
    town = {k: case.kwargs[k] for k in ("prevalence", "cost_missed", "cost_alarm")}
    everyone = np.concatenate([case.held["ill"], case.held["healthy"]])
    best = expected_cost(np.quantile(everyone, np.linspace(0, 1, 2001)), **case.held, **town).min()
    cost = float(expected_cost(threshold, **case.held, **town))
    if cost > 1.25 * best + 1e-9:
        found, alarmed = (np.mean(case.held[who] > threshold) for who in ("ill", "healthy"))
        return (
            f"threshold {threshold:.4g} calls back {found:.1%} of the ill and {alarmed:.1%} of the healthy, "
            f"which costs {cost:.3g} a person screened; the best costs {best:.3g}"
        )
    return None


def reference(ill, healthy, prevalence, cost_missed, cost_alarm, *, shares="town", costs=True, swapped=False, middle=False):
    if middle:
        return float((ill.mean() + healthy.mean()) / 2)
    if shares == "clinic":
        prevalence = len(ill) / (len(ill) + len(healthy))
    if shares == "even":
        prevalence = 0.5
    if shares == "counted":
        ill_weight, healthy_weight = prevalence * len(ill), (1 - prevalence) * len(healthy)
        prevalence = ill_weight / (ill_weight + healthy_weight)
    if not costs:
        cost_missed = cost_alarm = 1.0
    if swapped:
        cost_missed, cost_alarm = cost_alarm, cost_missed
    values = np.sort(np.concatenate([ill, healthy]))
    thresholds = (values[1:] + values[:-1]) / 2
    cost = expected_cost(thresholds, ill, healthy, prevalence, cost_missed, cost_alarm)
    return float(np.median(thresholds[cost <= 1.02 * cost.min()]))


MISTAKES = {
    "the clinic's share of ill people is not the town's: weigh by the prevalence given": {"shares": "clinic"},
    "divide each count by the size of its own group: the clinic's mixture has slipped in": {"shares": "counted"},
    "weigh the errors by their costs": {"costs": False},
    "a missed illness costs cost_missed, a false alarm cost_alarm: they are swapped": {"swapped": True},
    "halfway between the means knows nothing of prevalence and costs": {"middle": True},
    "found plus spared counts ill and healthy alike, as if half of the town were ill": {"shares": "even"},
}
