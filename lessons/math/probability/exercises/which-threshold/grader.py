"""Choose a threshold by expected cost where it will be used, not where the data were collected."""

import numpy as np

FUNCTION = "choose_threshold"
FORBIDDEN = ["sklearn"]


def cases():
    """(name, what the function gets, what stays here). Radii as in the lesson: two normal distributions, 37 % ill."""
    rng = np.random.default_rng(7)
    for name, prevalence, missed, alarm in [
        ("a rare disease", 0.01, 10.0, 1.0),
        ("rare, and terrible to miss", 0.02, 400.0, 1.0),
        ("alarms that cost as much as a miss", 0.1, 1.0, 1.0),
        ("common, cheap alarms", 0.4, 50.0, 1.0),
    ]:
        scale = float(rng.uniform(0.5, 2.0))
        ill, healthy = rng.normal(21.1, 4.3, 3700) * scale, rng.normal(13.4, 2.0, 6300) * scale
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
        return f"threshold {threshold:.4g} costs {cost:.3g} a person screened, the best {best:.3g}"
    return None


def reference(ill, healthy, prevalence, cost_missed, cost_alarm, *, shares="town", costs=True, swapped=False, middle=False):
    if middle:
        return float((ill.mean() + healthy.mean()) / 2)
    if shares == "clinic":
        prevalence = len(ill) / (len(ill) + len(healthy))
    if shares == "even":
        prevalence = 0.5
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
    "weigh the errors by their costs": {"costs": False},
    "a missed illness costs cost_missed, a false alarm cost_alarm: they are swapped": {"swapped": True},
    "halfway between the means knows nothing of prevalence and costs": {"middle": True},
    "found plus spared counts ill and healthy alike, as if half of the town were ill": {"shares": "even"},
}
