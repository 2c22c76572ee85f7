"""Saving through HTTP: versions, conflicts, places, and what happens when the disk is full."""

import pytest
from starlette.testclient import TestClient

from groundup.app.main import create_app
from groundup.course.progress import StoreError

URL = "/api/draft/exercise/linear-algebra/double"


def put(client, text, version, **more):
    return client.put(URL, json={"text": text, "version": version, "base": "b", **more})


def test_a_draft_is_saved_and_read_back(client):
    assert client.get(URL).json() == {"text": None, "version": 0, "base": None, "updated": None, "copies": []}
    assert put(client, "one", 0).json()["version"] == 1
    assert put(client, "two", 1).json()["version"] == 2
    saved = client.get(URL).json()
    assert (saved["text"], saved["version"], saved["base"]) == ("two", 2, "b")
    assert saved["updated"].endswith("+00:00")


def test_two_writers_lose_nothing(client):
    put(client, "one", 0)
    put(client, "left", 1)
    refused = put(client, "right", 1)
    assert refused.status_code == 409
    assert refused.json()["current"]["text"] == "left"
    assert [copy["text"] for copy in client.get(URL).json()["copies"]] == ["right"]
    assert put(client, "right", 2, resolve=True).json()["version"] == 3
    found = client.get(URL).json()
    assert found["text"] == "right"
    assert {copy["text"] for copy in found["copies"]} == {"right", "left"}


def test_a_lost_answer_may_be_sent_again(client):
    put(client, "one", 0)
    assert put(client, "one", 0).json()["version"] == 1


def test_cells_are_drafts_too(client):
    cell = "/api/draft/cell/linear-algebra/first-cell"
    assert client.put(cell, json={"text": "1", "version": 0}).status_code == 200
    assert client.get(cell).json()["text"] == "1"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/draft/exercise/linear-algebra/nothing", 404),
        ("/api/draft/exercise/nothing/double", 404),
        ("/api/draft/cell/nothing/cell", 404),
        ("/api/draft/other/linear-algebra/double", 422),
        ("/api/position/nothing", 404),
    ],
)
def test_unknown_places_are_refused(client, path, status):
    assert client.put(path, json={"text": "x", "version": 0}).status_code == status


def test_place_and_state_of_a_lesson(client, store):
    client.put("/api/position/calculus", json={"anchor": "projections", "scroll": 0.5, "cell": "first-cell"})
    place = store.position("calculus")
    assert (place.anchor, place.scroll, place.cell, place.state) == ("projections", 0.5, "first-cell", "started")
    assert client.put("/api/lesson/calculus/state", json={"state": "read"}).json() == {"state": "read"}
    assert client.put("/api/lesson/calculus/state", json={"state": "bored"}).status_code == 422


def test_a_full_disk_is_said_and_not_called_saved(client, store, monkeypatch):
    def full(*_args, **_more):
        raise StoreError("full", "The disk takes no more data.")

    monkeypatch.setattr(type(store), "save_draft", full)
    answer = put(client, "one", 0)
    assert answer.status_code == 507
    assert answer.json() == {"error": "full", "message": "The disk takes no more data."}


def test_colours_are_remembered(client):
    assert 'data-theme="auto"' in client.get("/").text
    answer = client.post("/settings/theme", data={"theme": "dark", "back": "/search"})
    assert answer.headers["location"] == "/search"
    assert 'data-theme="dark"' in client.get("/").text


def test_the_footer_has_numbers(client, app):
    app.state.context.usage["kernels"] = lambda: [{"name": "kernel", "memory": 5, "cpu": 1.0, "state": "idle"}]
    found = client.get("/api/stats").json()
    assert 0 < found["app"]["memory"] < found["machine"]["total"]
    assert found["kernels"][0]["name"] == "kernel"


def test_a_damaged_file_is_said_on_the_page(settings):
    settings.home.mkdir(parents=True)
    settings.database.write_bytes(b"no database at all" * 100)
    app = create_app(settings)
    gate = app.state.context.gate
    client = TestClient(app, base_url=settings.url.rstrip("/"))
    client.cookies.set(gate.cookie, gate.open_session()[0])
    assert "was damaged" in client.get("/").text
    assert "progress.damaged-" in client.get("/").text
    app.state.context.store.close()


def test_a_page_that_cannot_read_the_store_says_why(client, store, monkeypatch):
    def damaged(*_args, **_more):
        raise StoreError("damaged", "The file is damaged. Start the course again.")

    for name in ("setting", "lessons"):
        monkeypatch.setattr(type(store), name, damaged)
    answer = client.get("/", headers={"Accept": "text/html"})
    assert answer.status_code == 507
    assert "Start the course again" in answer.text
