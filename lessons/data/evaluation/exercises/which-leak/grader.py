"""Which evaluation set-ups hold what they could not hold in use."""

import numpy as np

FUNCTION = "leaking"
FORBIDDEN = ["sklearn", "groundup.data.model_selection"]


def table(rng, n, people):
    """Patients and days of n rows, in no order."""
    return rng.integers(people, size=n), rng.integers(0, 300, size=n)


def setups_of(rng, patient, day, horizon):
    """Set-ups of every kind: honest, and each leaking in one way only."""
    people = rng.permutation(np.unique(patient))
    known, fresh = people[: len(people) // 2], people[len(people) // 2 :]
    start = int(rng.integers(180, 220))
    mine, theirs, late = np.isin(patient, known), np.isin(patient, fresh), day >= start
    first = int(day[theirs & late].min())
    settled = day + horizon < first
    honest = {"train": np.flatnonzero(mine & settled), "test": np.flatnonzero(theirs & late)}
    people_both = {"train": np.flatnonzero(settled), "test": honest["test"]}
    waiting = {"train": np.flatnonzero(mine & (day < first)), "test": honest["test"]}
    order = rng.permutation(np.flatnonzero(mine | theirs))
    half = len(order) // 2
    random_rows = {"train": order[:half], "test": order[half:]}
    by_patient = {"train": np.flatnonzero(mine), "test": np.flatnonzero(theirs)}
    backwards = {"train": np.flatnonzero(mine & late), "test": np.flatnonzero(theirs & (day < start))}
    small = {"train": rng.permutation(honest["train"])[:20], "test": rng.permutation(honest["test"])[:10]}
    return {
        "future patients": honest,
        "all that is settled": people_both,
        "everything before": waiting,
        "random halves": random_rows,
        "half of the patients": by_patient,
        "late for early": backwards,
        "a small one": small,
    }


def cases():
    rng = np.random.default_rng(5)
    for name, n, people, horizon in [("a ward", 400, 24, 20), ("a clinic", 900, 40, 45), ("a region", 1500, 60, 90)]:
        patient, day = table(rng, n, people)
        setups = setups_of(rng, patient, day, horizon)
        first_three = ["future patients", "all that is settled", "everything before"]
        keep = [*first_three, *rng.permutation(list(setups)[3:])[:3].tolist()]
        setups = {key: setups[key] for key in rng.permutation(keep).tolist()}
        given = {"setups": setups, "patient": patient, "day": day, "horizon": horizon}
        yield name, given, given
    patient, day = table(rng, 300, 20)
    setups = setups_of(rng, patient, day, 30)
    honest = {key: setups[key] for key in ("future patients", "a small one")}
    edge = dict(setups["future patients"])
    last = int(day[edge["train"]].max())
    given = {"setups": honest, "patient": patient, "day": day, "horizon": int(day[edge["test"]].min()) - last - 1}
    yield "nothing leaks, by one day", given, given
    given = given | {"horizon": given["horizon"] + 1, "setups": {"future patients": edge}}
    yield "known on the very day", given, given


def reference(setups, patient, day, horizon, *, who="patients", when="settled", rows_in_order=False, strict=False, either=True, leaking=True):
    found = []
    for name, rows in setups.items():
        train, test = rows["train"], rows["test"]
        met = who == "patients" and np.isin(patient[train], patient[test]).any()
        time = np.arange(len(day)) if rows_in_order else day
        wait = horizon if when == "settled" else 0
        last, first = time[train].max() + wait, time[test].min()
        early = when != "never" and (last > first if strict else last >= first)
        if ((met or early) if either else (met and early)) == leaking:
            found.append(name)
    return found


def judge(decision, case):
    if not isinstance(decision, (list, tuple, set)) or not all(isinstance(name, str) for name in decision):
        return f"a list of names is expected, {decision!r} came"
    if unknown := [name for name in decision if name not in case.kwargs["setups"]]:
        return f"there is no set-up {unknown[0]!r}"
    right = set(reference(**case.held))
    for name in case.kwargs["setups"]:
        if (name in right) != (name in decision):
            rows = case.held["setups"][name]
            both = np.intersect1d(case.held["patient"][rows["train"]], case.held["patient"][rows["test"]])
            known = case.held["day"][rows["train"]].max() + case.held["horizon"]
            facts = f"{len(both)} patients on both sides, last outcome known on day {known}, first test row of day "
            verdict = "leaks" if name in right else "does not leak"
            return f"'{name}' {verdict}: {facts}{case.held['day'][rows['test']].min()}"
    return None


MISTAKES = {
    "an outcome that becomes known on the first test day was not known yet": {"strict": True},
    "another row of a tested patient is a leak: look at patients as well as at days": {"who": "nobody"},
    "look at days as well as at patients": {"when": "never"},
    "an outcome becomes known horizon days after the measurement": {"when": "measured"},
    "one of the two is enough for a leak: a patient who was met, or an outcome that was not known": {"either": False},
    "row numbers are in no order of time: compare days": {"rows_in_order": True},
    "name the set-ups that leak, not the honest ones": {"leaking": False},
}
