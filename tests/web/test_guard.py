"""Requests that are refused before any page sees them."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from optimizer.web import guard
from optimizer.web.app import create_app

PORT = 8765
HERE = f"http://127.0.0.1:{PORT}"
OWN = {"sec-fetch-site": "same-origin", "origin": HERE}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """Give the server without its worker: nothing is solved here."""
    return TestClient(create_app(tmp_path_factory.mktemp("place"), PORT), base_url=HERE, follow_redirects=False)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1", f"127.0.0.1:{PORT + 1}", f"evil.example:{PORT}", f"127.0.0.1:{PORT}.evil.example",
     "0.0.0.0:8765", "", f"localhost:{PORT}@evil.example"],
)  # fmt: skip
def test_another_name_for_this_machine_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 421


def test_two_hosts_in_one_request_are_refused(client: TestClient) -> None:
    twice = [("host", f"127.0.0.1:{PORT}"), ("host", "evil.example")]
    assert client.get("/", headers=twice).status_code == 421


@pytest.mark.parametrize("host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}"])
def test_its_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": f"https://127.0.0.1:{PORT}"},
        {"origin": f"http://127.0.0.1:{PORT + 1}"},
        {"origin": f"http://localhost:{PORT}"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": HERE},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "same-origin", "origin": "http://evil.example"},
    ],
)
@pytest.mark.parametrize("path", ["/cases", "/cases/1/solve", "/runs/1/stop", "/runs/1/resume", "/compare"])
def test_a_change_asked_for_by_another_site_is_refused(client: TestClient, path: str, headers: dict[str, str]) -> None:
    assert client.post(path, headers=headers).status_code == 403


@pytest.mark.parametrize("headers", [OWN, {"origin": HERE}, {"sec-fetch-site": "same-origin"}])
def test_a_change_asked_for_by_an_own_page_is_let_through(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/runs/99/stop", headers=headers).status_code == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(client: TestClient, method: str) -> None:
    assert client.request(method, "/", headers={"origin": "http://evil.example"}).status_code == 403
    assert client.request(method, "/", headers=OWN).status_code == 405


def test_another_site_can_link_here_but_embed_nothing(client: TestClient) -> None:
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert client.get("/", headers=link).status_code == 200
    for mode, dest in (("no-cors", "image"), ("no-cors", "script"), ("navigate", "iframe"), ("cors", "empty")):
        headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": mode, "sec-fetch-dest": dest}
        assert client.get("/", headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["/", "/cases/1", "/nothing", "/static/style.css", "/static/htmx.min.js", "/runs/0"])
def test_every_answer_says_what_a_page_may_reach(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    rules = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert rules["default-src"] == "'none'"
    assert {value for rule, value in rules.items() if rule.endswith("-src") and rule != "default-src"} == {"'self'"}
    assert rules["form-action"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


def test_a_refusal_says_so_too(client: TestClient) -> None:
    answer = client.post("/compare")
    assert answer.status_code == 403
    assert answer.headers["content-security-policy"] == guard.POLICY


def test_a_stated_length_that_is_too_much_is_refused_before_it_is_read(client: TestClient) -> None:
    for path, most in (("/compare", guard.LARGEST_QUESTION), ("/cases", guard.LARGEST_REQUEST)):
        answer = client.post(path, headers={**OWN, "content-length": str(most + 1)}, content=b"")
        assert answer.status_code == 413
    assert client.post("/compare", headers={**OWN, "content-length": "-1"}, content=b"").status_code == 400
    assert client.post("/compare", headers={**OWN, "content-length": "1e3"}, content=b"").status_code == 400


def test_a_length_that_is_not_stated_is_counted(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "LARGEST_QUESTION", 10_000)
    parts = (b"plans=1&" * 500 for _ in range(10))
    headers = {**OWN, "content-type": "application/x-www-form-urlencoded"}
    answer = client.post("/compare", headers=headers, content=parts)
    assert answer.status_code == 413


def test_an_upload_that_is_too_large_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "LARGEST_REQUEST", 10_000)
    client = TestClient(create_app(tmp_path, PORT), base_url=HERE)
    boundary = "x"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n'.encode()
    parts = iter([head, *[b"1,2\n" * 1000] * 10, f"\r\n--{boundary}--\r\n".encode()])
    headers = {**OWN, "content-type": f"multipart/form-data; boundary={boundary}"}
    assert client.post("/cases", headers=headers, content=parts).status_code == 413
    assert not (tmp_path / "cases").exists()
