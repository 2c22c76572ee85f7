"""Choose how sharply attention listens, for queries that come later."""

import numpy as np

FUNCTION = "choose_scale"
FORBIDDEN = ["groundup.transformers", "torch", "sklearn"]
SCALES = [float(s) for s in 10.0 ** np.linspace(-1, 4, 11)]
MARGIN = 1.3  # neighbouring scales differ by a factor of 3.2; a wrong method errs by more than twice the best


def _unit(rng, n, d):
    x = rng.normal(size=(n, d))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def cases():
    rng = np.random.default_rng(6)
    for name, size, d, noise, bend in [
        ("dense and exact", 1000, 2, 0.0, 3.0),
        ("very noisy", 700, 3, 2.0, 1.0),
        ("wide keys, some noise", 500, 6, 0.5, 1.0),
        ("a plane, some noise", 400, 2, 0.3, 2.0),
    ]:
        slopes = rng.normal(size=(d, 4)) / np.sqrt(d)
        slopes *= 1.5 / np.linalg.norm(slopes, axis=0)

        def truth(x, slopes=slopes, bend=bend):
            return np.sin(bend * x @ slopes)

        keys, queries, fresh = _unit(rng, size, d), _unit(rng, 300, d), _unit(rng, 600, d)
        values, answers = (truth(x) + noise * rng.normal(size=(len(x), 4)) for x in (keys, queries))
        given = {"keys": keys, "values": values, "queries": queries, "answers": answers, "scales": SCALES}
        yield name, given, {"queries": fresh, "truth": truth(fresh), "keys": keys, "values": values}


def _error(scale, keys, values, queries, answers):
    scores = scale * (queries @ keys.T)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return float(np.mean((weights @ values - answers) ** 2))


def judge(decision, case):
    scales = case.kwargs["scales"]
    if isinstance(decision, np.ndarray) and decision.ndim == 0:
        decision = decision.item()
    if not isinstance(decision, int | float | np.number) or not any(np.isclose(decision, s) for s in scales):
        return f"the scale must be one of {[round(s, 3) for s in scales]}, {decision!r} came"
    held = case.held
    errors = [_error(s, held["keys"], held["values"], held["queries"], held["truth"]) for s in scales]
    mine = errors[int(np.argmin([abs(np.log(decision / s)) for s in scales]))]
    if mine > MARGIN * min(errors) + 1e-6:
        return f"scale {decision:.3g} errs by {mine:.4f} on new queries, the best scale by {min(errors):.4f}"
    return None


def reference(keys, values, queries, answers, scales, *, tuned_on="queries", prescribed=False, best=min):
    if prescribed:
        return min(scales, key=lambda s: abs(np.log(s * np.sqrt(keys.shape[1]))))
    if tuned_on == "memory":
        queries, answers = keys, values
    return best(scales, key=lambda s: _error(s, keys, values, queries, answers))


MISTAKES = {
    "tune on queries that are not in the memory: a key that is asked for itself finds itself": {"tuned_on": "memory"},
    "1/√d is where training can start, not the best scale for a given memory": {"prescribed": True},
    "choose the scale with the smallest error, not the largest": {"best": max},
}
