"""Letters in the browser: ticked, drafted, issued, received, answered, decided; the figures open their rows."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable

import docx
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from rectify import files, models
from tests import factories
from tests.conftest import Cast
from tests.support import scene

Client = Callable[..., FlaskClient]


@pytest.fixture
def measure_id(session: Session, cast: Cast) -> int:
    issue = factories.make_issue(session, factories.make_inspection(session))
    made = factories.make_measure(session, issue, lead=cast.units["unit_a"], deadline_on=scene.day(5, 31))
    made_id = made.id
    session.commit()
    return made_id


def draft(office: FlaskClient, measure_id: int, **more: str) -> TestResponse:
    form = {
        "kind": "reminder",
        "units": "甲县人民政府",
        "items": f"m{measure_id}",
        "signer": "（签发人）",
        "once": "a1",
        **more,
    }
    return office.post(f"/letters/new?measure={measure_id}", data=form)


def issue(office: FlaskClient, at: str) -> TestResponse:
    seen = re.search(r'name="seen"[^>]*value="([0-9a-f]+)"', office.get(at).get_data(as_text=True))
    assert seen is not None
    return office.post(f"{at}/issue", data={"seen": seen[1]})


def page(browser: FlaskClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def test_a_letter_from_the_ledger_to_its_end(client: Client, session: Session, app: Flask, measure_id: int) -> None:
    office, clerk, stranger = client("office"), client("unit_a"), client("unit_b")
    assert f'name="measure" value="{measure_id}"' in page(office, "/ledger?figure=overdue")
    assert "甲县人民政府</textarea>" in page(office, f"/letters/new?measure={measure_id}")
    made = draft(office, measure_id)
    at = made.location
    assert draft(office, measure_id).location == at  # a double click makes one (IN-07)
    assert "（发出时编号）" in page(office, at) and "函件草稿" in page(office, "/office")
    assert clerk.get(at).status_code == 404

    assert issue(office, at).location == at
    assert "整改办提〔2026〕1号" in page(office, at)
    assert "有1份函件待签收或待回复" in page(clerk, "/my") and "待签收" in page(clerk, "/letters?state=open")
    assert stranger.get(at).status_code == 404 and "整改办提" not in page(stranger, "/letters")
    unit = session.scalars(select(models.LetterUnit.id)).one()
    session.rollback()
    clerk.post(f"{at}/units/{unit}/receive", data={})
    proof = {"text": "已约见施工方，六月底完工。", "once": "b2", "files": (io.BytesIO("会议纪要".encode()), "纪要.txt")}
    clerk.post(f"{at}/units/{unit}/reply", data=proof, content_type="multipart/form-data")
    assert "待认定的函件回复" in page(office, "/office") and "已约见施工方" in page(office, f"{at}/units/{unit}/decide")
    refused = office.post(
        f"{at}/units/{unit}/decide", data={"decision": "return", "reason": "", "due_on": "2026-06-19"}
    )
    assert "请写明退回的原因" in refused.get_data(as_text=True)
    office.post(f"{at}/units/{unit}/decide", data={"decision": "accept"})
    assert "已办结" in page(clerk, at)
    called = session.scalars(select(models.AnswerFile.name)).one()
    session.rollback()
    link = re.search(r'href="(/letters/\d+/files/\d+)"', page(clerk, at))
    assert link is not None and clerk.get(link[1]).data.decode() == "会议纪要"
    assert stranger.get(link[1]).status_code == 404 and called == "纪要.txt"


def test_the_file_is_what_was_kept_and_a_changed_one_is_refused(
    client: Client, session: Session, app: Flask, measure_id: int
) -> None:
    office = client("office")
    at = draft(office, measure_id).location
    sketch = docx.Document(io.BytesIO(office.get(f"{at}.docx").data))
    assert not any("〔2026〕" in p.text for p in sketch.paragraphs)
    issue(office, at)
    letter = session.scalars(select(models.Letter)).one()
    session.expunge(letter)
    session.rollback()

    content = office.get(f"{at}.docx").data

    assert hashlib.sha256(content).hexdigest() == letter.sha256
    said = "\n".join(p.text for p in docx.Document(io.BytesIO(content)).paragraphs if p.text)
    assert said == letter.text
    path = files.path_of(app.config["SETTINGS"].data_dir, letter.sha256 or "")
    path.write_bytes(content + b"x")
    answer = office.get(f"{at}.docx", follow_redirects=True)
    assert "已丢失或被改动" in answer.get_data(as_text=True)


def test_every_figure_of_the_home_page_opens_as_many_rows(client: Client, session: Session, measure_id: int) -> None:
    """R2."""
    office = client("office")
    for number in range(3):
        at = draft(office, measure_id, once=f"c{number}").location
        if number:
            issue(office, at)
    home = page(office, "/office")

    listed = page(office, "/letters?state=draft")

    count = re.search(r"函件草稿</th><td[^>]*><strong>(\d+)</strong>", home)
    assert count is not None and int(count[1]) == 1 == listed.count('href="/letters/1"')
    assert page(office, "/letters?state=unreceived").count('<th scope="row"') == 2


def test_an_unknown_place_is_refused_and_nothing_typed_is_lost(client: Client, session: Session) -> None:
    office = client("office")
    form = {
        "title": "函",
        "body": "请{领导}阅示",
        "number_form": "提〔{年}〕{号}号",
        "receipt_days": "2",
        "reply_days": "",
    }

    refused = office.post("/letters/templates/reminder", data=form).get_data(as_text=True)

    assert "没有“{领导}”这样的位置" in refused and "请{领导}阅示</textarea>" in refused
    shown = office.post("/letters/templates/reminder", data={**form, "body": "致{收文单位}", "preview": "1"})
    assert "致示例单位" in shown.get_data(as_text=True)
    assert session.scalars(select(models.LetterTemplate)).all() == []
    session.rollback()
    saved = office.post("/letters/templates/reminder", data={**form, "body": "致{收文单位}", "version": "0"})
    assert saved.location == "/letters/templates" and "提〔{年}〕{号}号" in page(office, saved.location)


def test_what_is_typed_is_shown_as_text(client: Client, session: Session, measure_id: int) -> None:
    office = client("office")
    poison = '<script>alert("x")</script>\x0b\x00\ud800'.encode("utf-8", "surrogatepass")
    at = draft(office, measure_id, demand=poison, signer=poison).location  # type: ignore[arg-type]

    shown = page(office, at)

    assert "<script>alert" not in shown and "&lt;script&gt;alert" in shown
    assert issue(office, at).location == at
    assert "alert" in session.scalars(select(models.Letter.text)).one()


def test_letters_of_nothing_and_of_what_is_gone_say_what_to_do(client: Client, session: Session) -> None:
    office = client("office")

    assert "请先在台账中勾选" in page(office, "/letters/new")
    assert "已不在台账中" in page(office, "/letters/new?measure=999999")
