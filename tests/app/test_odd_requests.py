"""Requests and answers that no page of ours makes: each gets a plain refusal, none breaks a page for good."""

import pytest

EXERCISE = "linear-algebra/double"
HALF = "raise ValueError(chr(0xd800) + 'half a pair')"  # half a surrogate pair cannot be written in UTF-8


def test_an_attempt_with_half_a_surrogate_pair_can_be_read(client):
    assert client.post(f"/api/exercise/{EXERCISE}/grade", json={"code": HALF}).status_code == 200
    shown = client.get(f"/exercise/{EXERCISE}/attempt/1")
    assert shown.status_code == 200 and "half a pair" in shown.text
    unscripted = client.post(f"/exercise/{EXERCISE}", data={"code": HALF, "version": 0})
    assert unscripted.status_code == 200 and "half a pair" in unscripted.text


@pytest.mark.parametrize("place", ["attempt", "copy"])
def test_numbers_beyond_the_database(client, place):
    assert client.get(f"/exercise/{EXERCISE}/{place}/{2**70}").status_code == 422
    assert client.put(f"/api/draft/exercise/{EXERCISE}", json={"text": "a", "version": 2**70}).status_code == 422
    assert client.post(f"/exercise/{EXERCISE}", data={"code": "a", "version": 2**70}).status_code == 422


@pytest.mark.parametrize("scroll", ["NaN", "Infinity"])
def test_a_place_that_is_no_number(client, scroll):
    headers = {"Content-Type": "application/json"}
    sent = client.put("/api/position/linear-algebra", content=f'{{"scroll": {scroll}}}', headers=headers)
    assert sent.status_code == 422


@pytest.mark.parametrize(
    "name", ["%00.svg", "a" * 5000 + ".svg", "..%2f..%2fquestions.svg", "%2fetc%2fpasswd", "lesson.md"]
)
def test_pictures_that_cannot_be(client, name):
    assert client.get(f"/lesson/linear-algebra/files/{name}").status_code == 404


def test_every_unsafe_route_asks_for_origin_and_csrf_token(client, app):
    paths = app.openapi()["paths"]
    unsafe = [(method, path) for path, methods in paths.items() for method in methods if method not in ("get", "head")]
    assert len(unsafe) >= 12
    for method, path in unsafe:
        if path == "/login":  # guarded by its token
            continue
        for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"}):
            assert client.request(method, path, headers=headers, json={}).status_code == 403, path
        for token in ("", "wrong"):
            assert client.request(method, path, headers={"X-CSRF-Token": token}, json={}).status_code == 403, path
