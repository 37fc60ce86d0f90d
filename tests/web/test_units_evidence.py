"""Evidence: only through the row check, always a download, checked at every reading; a photo shown is encoded anew."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, files, models, progress
from tests import factories

if TYPE_CHECKING:
    from tests.conftest import Cast

Browser = Callable[..., FlaskClient]
PDF = b"%PDF-1.7\n"


@pytest.fixture
def folder(app: Flask) -> Path:
    found: Path = app.config["SETTINGS"].data_dir
    return found


@pytest.fixture
def attach(session: Session, cast: Cast, folder: Path) -> Callable[..., tuple[int, str]]:
    """A file of proof on unit_a's measure: its id and hash."""
    measure = factories.make_measure(
        session,
        factories.make_issue(session, factories.make_inspection(session)),
        lead=cast.units["unit_a"],
        supervising=[cast.units["supervisor"]],
    )

    def made(name: str = "竣工验收.pdf", content: bytes = PDF) -> tuple[int, str]:
        stored = files.keep(folder, name, io.BytesIO(content))
        evidence = progress.attach(
            session,
            measure,
            name=name,
            stored=stored,
            by=access.SYSTEM,
            unit_id=cast.units["unit_a"],
            at=factories.AT,
        )
        found = evidence.id
        session.commit()
        return found, stored.sha256

    return made


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "JPEG", comment=b"secret place")
    return out.getvalue()


def trail(session: Session, act: str) -> list[Any]:
    found = list(session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == act)))
    session.expunge_all()
    session.rollback()
    return found


@pytest.mark.parametrize("name", ["unit_a", "supervisor", "office", "leader"])
def test_whoever_sees_the_measure_downloads_its_proof_and_it_is_recorded(
    client: Browser, session: Session, attach: Callable, name: str
) -> None:
    evidence_id, sha256 = attach()

    answer = client(name).get(f"/evidence/{evidence_id}")

    assert answer.status_code == 200 and answer.data == PDF
    (entry,) = trail(session, "evidence.download")
    assert (entry.user_name, entry.item_id, entry.details["sha256"]) == (name, evidence_id, sha256)


def test_a_download_is_sealed(client: Browser, attach: Callable) -> None:
    evidence_id, _ = attach()

    head = client("unit_a").get(f"/evidence/{evidence_id}").headers

    assert head["Content-Disposition"].startswith("attachment")
    assert quote("竣工验收.pdf") in head["Content-Disposition"]
    assert head["X-Content-Type-Options"] == "nosniff"
    assert head["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert head["Content-Type"] == "application/pdf"
    assert "no-store" in head["Cache-Control"]


def test_foreign_proof_looks_like_missing_proof(client: Browser, attach: Callable) -> None:
    evidence_id, _ = attach(content=photo(), name="现场.jpg")
    browser = client("unit_b")

    for tail in ("", "/picture"):
        foreign, missing = browser.get(f"/evidence/{evidence_id}{tail}"), browser.get(f"/evidence/999999{tail}")
        assert foreign.status_code == missing.status_code == 404
        assert foreign.data == missing.data
    assert client("admin").get(f"/evidence/{evidence_id}").status_code == 403
    assert client().get(f"/evidence/{evidence_id}").status_code == 302
    assert browser.get(f"/evidence/{2**70}").status_code == 404


@pytest.mark.parametrize("harm", ["changed", "gone"])
@pytest.mark.parametrize("tail", ["", "/picture"])
def test_a_changed_or_missing_file_is_a_sentence_and_on_record_never_an_error(
    client: Browser, session: Session, attach: Callable, folder: Path, harm: str, tail: str
) -> None:
    evidence_id, sha256 = attach(content=photo(), name="现场.jpg")
    path = files.path_of(folder, sha256)
    path.write_bytes(b"other") if harm == "changed" else path.unlink()

    answer = client("unit_a").get(f"/evidence/{evidence_id}{tail}")

    assert answer.status_code == 410
    assert "这个文件在服务器上已缺失或被改动" in answer.get_data(as_text=True)
    (entry,) = trail(session, "evidence.broken")
    assert not entry.ok and entry.item_id == evidence_id


def test_a_photo_is_shown_encoded_anew_without_what_came_with_it(client: Browser, attach: Callable) -> None:
    evidence_id, _ = attach(content=photo(), name="现场.jpg")

    answer = client("unit_a").get(f"/evidence/{evidence_id}/picture")

    assert answer.status_code == 200 and answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert b"secret place" not in answer.data
    with Image.open(io.BytesIO(answer.data)) as image:
        assert image.size == (30, 20)


def test_what_is_no_photo_has_no_picture(client: Browser, attach: Callable) -> None:
    evidence_id, _ = attach()

    assert client("unit_a").get(f"/evidence/{evidence_id}/picture").status_code == 404


@pytest.mark.parametrize(
    "name", ["一\r\nSet-Cookie: a=b.pdf", "../../../etc/passwd.pdf", "a\"b';c.pdf", "汉" * 250 + ".pdf"]
)
def test_a_strange_name_is_served_safely(client: Browser, session: Session, attach: Callable, name: str) -> None:
    evidence_id, _ = attach(name=name)

    answer = client("unit_a").get(f"/evidence/{evidence_id}")

    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers or "a=b" not in answer.headers["Set-Cookie"]
    assert "\n" not in answer.headers["Content-Disposition"]
    assert "../" not in answer.headers["Content-Disposition"]


def test_proof_is_not_in_a_static_folder(client: Browser, attach: Callable) -> None:
    _, sha256 = attach()

    assert client("unit_a").get(f"/static/evidence/{sha256[:2]}/{sha256}").status_code == 404
