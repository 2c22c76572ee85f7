"""Tokens are drawn at a hidden temperature; the learner finds it by the surprise of the tokens that came."""

import numpy as np

FUNCTION = "choose_temperature"
FORBIDDEN = ["torch", "scipy", "sklearn", "groundup.llm"]
TEMPERATURES = [0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0]
PLACES, HELD = 800, 8000


def _surprises(logits, tokens, temperature):
    z = logits / temperature
    top = z.max(axis=1)
    total = top + np.log(np.exp(z - top[:, None]).sum(axis=1))
    return total - z[np.arange(len(z)), tokens]


def _places(rng, n, words, spread, temperature):
    z = rng.normal(size=(n, words)) * spread
    noise = rng.gumbel(size=z.shape)  # the largest of z / T + Gumbel noise is a draw from softmax(z / T)
    return z, (z / temperature + noise).argmax(axis=1)


def cases():
    rng = np.random.default_rng(11)
    for name, words, spread, temperature in [
        ("much too sure", 20, 12.0, 5.0),
        ("just right", 30, 2.0, 1.0),
        ("not sure enough", 40, 1.0, 0.35),
        ("too sure, many words", 120, 4.0, 2.0),
        ("far from sure", 15, 0.6, 0.2),
    ]:
        z, tokens = _places(rng, PLACES, words, spread, temperature)
        tuning = {"logits": z, "tokens": tokens, "temperatures": list(TEMPERATURES)}
        held = _places(rng, HELD, words, spread, temperature)
        yield name, tuning, {"losses": [float(_surprises(*held, t).mean()) for t in TEMPERATURES]}


def judge(decision, case):
    if isinstance(decision, (np.generic, np.ndarray)) and decision.size == 1:
        decision = decision.item()
    options = case.kwargs["temperatures"]
    if isinstance(decision, bool) or not isinstance(decision, (int, float)) or decision not in options:
        return f"return one of the temperatures {options}; {decision!r} came"
    losses = case.held["losses"]
    chosen, best = losses[options.index(decision)], min(losses)
    if chosen > best + 0.01:
        return f"at {decision:g} new text has a surprise of {chosen:.3f} nats a token, at the best temperature {best:.3f}"
    return None


def reference(logits, tokens, temperatures, *, divided=True, logarithm=True, own=False, least=True):
    scores = []
    for temperature in temperatures:
        t = temperature if divided else 1 / temperature
        s = _surprises(logits, tokens, t)
        if own:  # what the model itself believes most
            s = _surprises(logits, logits.argmax(axis=1), t)
        if not logarithm:
            s = -np.exp(-s)
        scores.append(s.mean())
    return temperatures[int(np.argmin(scores) if least else np.argmax(scores))]


MISTAKES = {
    "the temperature that fits is the one with the least surprise, not with the greatest": {"least": False},
    "logits are divided by the temperature, not multiplied": {"divided": False},
    "average the logarithms of the probabilities, not the probabilities": {"logarithm": False},
    "what counts are the tokens that came, not those that the model holds likeliest": {"own": True},
}
