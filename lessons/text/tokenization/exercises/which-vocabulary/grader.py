"""Choose the model that is cheapest for the messages that will come, not for the sample."""

import numpy as np

FUNCTION = "choose_model"
FORBIDDEN = ["groundup.text", "sklearn"]

LANGUAGES = ("English", "German", "Hindi")
SAMPLE = {"English": 600, "German": 300, "Hindi": 400}
CHARACTERS, SPREAD = 180.0, 0.35  # median length of a message, and of its logarithm the standard deviation
# case: traffic; for each model tokens a character by language, price, window
CASES = {
    "fewer tokens, higher price": (
        (0.4, 0.3, 0.3),
        {
            "large": ((0.18, 0.22, 0.35), 4.0, 4000),
            "small": ((0.3, 0.4, 0.6), 1.0, 4000),
            "middle": ((0.24, 0.3, 0.45), 2.5, 4000),
        },
    ),
    "mostly Hindi, a sample mostly English": (
        (0.1, 0.1, 0.8),
        {"plain": ((0.22, 0.35, 1.6), 1.0, 4000), "wide": ((0.25, 0.28, 0.45), 1.8, 4000)},
    ),
    "mostly English": (
        (0.9, 0.05, 0.05),
        {"plain": ((0.22, 0.35, 1.6), 1.0, 4000), "wide": ((0.25, 0.28, 0.45), 1.8, 4000)},
    ),
    "a window that is too small": (
        (0.3, 0.2, 0.5),
        {
            "narrow": ((0.25, 0.3, 1.2), 0.5, 300),
            "wide": ((0.25, 0.3, 0.5), 2.0, 900),
            "plain": ((0.25, 0.3, 1.4), 3.0, 4000),
        },
    ),
    "the window is never reached where the traffic is": (
        (0.97, 0.03, 0.0),
        {"narrow": ((0.25, 0.3, 2.2), 0.5, 300), "wide": ((0.25, 0.3, 0.5), 2.0, 900)},
    ),
}


def _tokens(rng, models, sizes):
    """Tokens of messages: characters times tokens a character, the same messages for every model."""
    characters = {k: CHARACTERS * np.exp(SPREAD * rng.normal(size=n)) for k, n in sizes.items()}
    return {
        model: {
            k: np.maximum(1, np.rint(characters[k] * rate)).astype(int)
            for k, rate in zip(LANGUAGES, rates, strict=True)
        }
        for model, (rates, _, _) in models.items()
    }


def cases():
    rng = np.random.default_rng(3)
    for name, (shares, models) in CASES.items():
        given = {
            "tokens": _tokens(rng, models, SAMPLE),
            "traffic": dict(zip(LANGUAGES, shares, strict=True)),
            "price": {model: price for model, (_, price, _) in models.items()},
            "window": {model: window for model, (_, _, window) in models.items()},
        }
        yield name, given, _tokens(rng, models, dict.fromkeys(LANGUAGES, 4000))


def _cost(model, kwargs, tokens):
    """Expected price of a million messages, and the share that fails."""
    traffic, counts = kwargs["traffic"], tokens[model]
    mean = sum(traffic[k] * counts[k].mean() for k in traffic)
    return mean * kwargs["price"][model], sum(
        traffic[k] * (counts[k] > kwargs["window"][model]).mean() for k in traffic
    )


def judge(decision, case):
    models = case.kwargs["tokens"]
    if not isinstance(decision, str) or decision not in models:
        return f"the answer must be one of {', '.join(map(repr, models))}; {decision!r} came."
    costs = {model: _cost(model, case.kwargs, case.held) for model in models}
    cost, failing = costs[decision]
    if failing > 0.015:
        return f"model {decision!r} cannot answer {failing:.0%} of the messages."
    least = min(cost for cost, failing in costs.values() if failing <= 0.01)
    if cost > 1.05 * least:
        return (
            f"model {decision!r} costs {cost:.0f} for a million messages, the cheapest that answers them {least:.0f}."
        )
    return None


def reference(tokens, traffic, price, window, *, weigh=True, use_price=True, use_window=True, cheapest_token=False):
    best, least = None, np.inf
    for model, counts in tokens.items():
        sizes = {k: len(c) for k, c in counts.items()}
        share = traffic if weigh else {k: sizes[k] / sum(sizes.values()) for k in sizes}
        failing = sum(share[k] * np.mean(counts[k] > window[model]) for k in share)
        cost = sum(share[k] * np.mean(counts[k]) for k in share) * (price[model] if use_price else 1.0)
        if cheapest_token:
            cost = price[model]
        if (failing <= 0.01 or not use_window) and cost < least:
            best, least = model, cost
    return best


MISTAKES = {
    "weigh the languages by the traffic to come, not by the sample": {"weigh": False},
    "a token of one model is not a token of the other: multiply by the price": {"use_price": False},
    "a message that does not fit into the window is not answered": {"use_window": False},
    "the cheapest token is not the cheapest message: vocabularies need different numbers of them": {
        "cheapest_token": True
    },
}
