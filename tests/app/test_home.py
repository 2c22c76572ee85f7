"""Where the learner stands, in states and words."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from groundup.app.pages import ago
from groundup.app.services.overview import Overview, words

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PASS = {"status": "pass", "tests": [], "groundup": {"cases": []}}


@pytest.fixture
def overview(app, store):
    """Makes the overview as it is now."""
    return lambda: Overview(app.state.context.catalog, store)


def test_a_new_learner_begins_at_the_beginning(overview):
    seen = overview()
    assert seen.going_on() is None
    assert seen.next().standing.id == "linear-algebra"
    assert seen.next().reason.startswith("It needs nothing before it.")
    states = {id: one.state for id, one in seen.standings.items()}
    assert states == {
        "linear-algebra": "ready",
        "calculus": "later",
        "probability": "later",
        "perceptron": "later",
        "statistics": "coming",
        "optimization": "coming",
        "linear-regression": "coming",
    }


def test_all_missing_prerequisites_are_named(overview):
    missing = overview().standings["linear-regression"].missing
    assert set(missing) == {"Linear algebra", "Calculus", "Probability", "Statistics", "Optimization"}
    assert missing[0] == "Linear algebra"


def test_solving_all_exercises_finishes_a_lesson_and_names_why_the_next_comes(overview, store):
    store.add_attempt("linear-algebra/double", "code", PASS)
    seen = overview()
    assert seen.standings["linear-algebra"].state == "done"
    assert seen.standings["calculus"].state == "ready"
    assert seen.next().reason.startswith("You finished Linear algebra, which it builds on.")
    assert "need it" in seen.next().reason or "needs it" in seen.next().reason


def test_a_failed_attempt_starts_a_lesson(overview, store):
    store.add_attempt("linear-algebra/double", "code", {**PASS, "status": "fail"})
    assert overview().standings["linear-algebra"].state == "started"


def test_what_is_known_counts_as_done_and_can_be_taken_back(client, overview):
    assert client.post("/lesson/calculus/known", data={"state": "known"}).headers["location"] == "/#concept-calculus"
    assert overview().standings["probability"].state == "ready"
    client.post("/lesson/calculus/known", data={"state": "started"})
    assert overview().standings["probability"].state == "later"
    assert client.post("/lesson/nothing/known", data={"state": "known"}).status_code == 404


def test_the_state_of_a_lesson_says_what_comes_before_it(overview, store):
    assert overview().standings["calculus"].word == "after Linear algebra"
    assert overview().standings["probability"].word == "after 2 others"
    store.set_state("linear-algebra", "known")
    assert overview().standings["calculus"].word == "ready to start"
    assert overview().standings["probability"].word == "after Calculus"


def test_continue_leads_to_what_was_touched_last(overview, store):
    store.set_position("calculus", anchor="the-chain-rule", scroll=0.4)
    place = overview().going_on()
    assert (place.title, place.url) == ("Calculus", "/lesson/calculus#the-chain-rule")
    assert "the chain rule" in place.place
    store.save_draft("exercise", "linear-algebra", "double", "x", version=0, base="")
    assert overview().going_on().url == "/exercise/linear-algebra/double"
    store.add_attempt("linear-algebra/double", "code", PASS)
    assert overview().going_on().url.startswith("/lesson/calculus")


def test_a_lesson_that_went_away_is_no_place_to_continue(overview, store):
    store.set_position("gone", anchor="x")
    assert overview().going_on() is None


def test_the_map_draws_no_edge_that_a_path_implies(client):
    found = client.get("/api/map").json()
    edges = {tuple(edge) for edge in found["edges"]}
    assert ("calculus", "probability") in edges
    assert ("linear-algebra", "linear-regression") not in edges  # through calculus and optimization
    node = next(node for node in found["nodes"] if node["id"] == "probability")
    assert node["url"] == "/lesson/probability"
    assert node["needs"] == "Needs Linear algebra and Calculus first"


def test_the_page_lists_lessons_first_and_every_concept(client):
    text = client.get("/").text
    assert text.index("Begin here") < text.index('id="lessons-title"') < text.index('id="map-title"')
    for title in ("Linear algebra", "The perceptron", "Statistics", "Linear regression"):
        assert title in text
    assert 'href="/lesson/statistics"' not in text
    assert len(re.findall(r'class="concept concept-', text)) == 7


def test_search_finds_a_lesson(client):
    text = client.get("/search", params={"q": "perceptron"}).text
    assert 'href="/lesson/perceptron' in text
    assert "Coming" not in text
    planned = client.get("/search", params={"q": "Newton gradient"}).text
    assert "Optimization" in planned and "No lesson has this" not in planned
    assert "No lesson has this" in client.get("/search", params={"q": "zzzz"}).text


def test_pages_that_do_not_exist_say_so(client):
    answer = client.get("/nothing", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "There is no page of that name" in answer.text
    for path in ("/lesson/linear-algebra/nothing", "/exercise/linear-algebra/double/attempt/nothing"):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert (answer.status_code, "There is no page of that name" in answer.text) == (404, True)


@pytest.mark.parametrize(
    ("back", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5, minutes=10), "5 hours ago"),
        (timedelta(days=6, hours=23), "6 days ago"),
        (timedelta(days=8), "21 February 2026"),
    ],
)
def test_times_in_words(back, said):
    assert ago(NOW - back, NOW) == said


def test_names_in_words():
    assert words(["A"]) == "A"
    assert words(["A", "B", "C"]) == "A, B and C"
    assert words(["A", "B", "C", "D", "E"], 3) == "A, B and 3 more"
