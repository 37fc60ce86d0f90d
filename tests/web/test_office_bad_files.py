"""Files that cannot be read, through the page itself: one clear sentence at the field, nothing kept, bounded memory and time.

What reading makes of each is tests/reading/test_bad_files.py's.
"""

from __future__ import annotations

import io
import resource
import struct
import zipfile
import zlib
from collections.abc import Callable

import docx
import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale, gettext
from markupsafe import escape
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from rectify import models, reading, writing
from rectify.reading import legacy
from rectify.reading.draft import PlanDraft
from tests.reading.test_bad_files import MACROS, OLE, SHEET, WORD, changed, far_cell, replaced, same, with_doctype

MIB = 1024 * 1024
SECONDS = 40
"""Of the child's processor time; it is ended at 60."""


def zipped(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def nested_bomb() -> bytes:
    """Archives in archives, each a thousand times what it seems."""
    inner = zipped({"a.xml": b"\0" * (100 * MIB)})
    return zipped({f"{n}.zip": zipped({"b.zip": inner}) for n in range(10)})


def flat_bomb() -> bytes:
    """4 GiB of blanks as one part of a workbook, in some 4 MB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(b" " * (64 * MIB)) + packer.flush(zlib.Z_FULL_FLUSH)  # leans on nothing before it
    packed = piece * 64 + packer.flush()
    name = b"xl/worksheets/sheet1.xml"
    sizes = struct.pack("<III", 0, len(packed), 0xFFFFFFFF)
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 0x21) + sizes + struct.pack("<HH", len(name), 0) + name
    entry = b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 0x21) + sizes
    entry += struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0) + name
    at = len(local) + len(packed)
    return local + packed + entry + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), at, 0)


def laughs() -> bytes:
    """A document that would be a billion times 哈."""
    rows = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    body = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "哈">{rows}]><x>&e9;</x>'
    return replaced(WORD, "word/document.xml", body.encode())


def million_rows() -> bytes:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(20, 1_000_020)) + "</sheetData>"

    def change(name: str, content: bytes) -> bytes:
        return content.replace(b"</sheetData>", rows.encode()) if name == "xl/worksheets/sheet1.xml" else content

    return changed(SHEET, change)


def wide() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["问题"] * 16_384)
    return saved(book)


def saved(made: object) -> bytes:
    stream = io.BytesIO()
    made.save(stream)  # type: ignore[attr-defined]
    return stream.getvalue()


def encrypted() -> bytes:
    """As Office writes one with a password, .xlsx and .docx alike: an old file around an encrypted package."""
    names = ("EncryptionInfo", "EncryptedPackage", "\x06DataSpaces")
    return OLE + b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in names) + b"\x11" * 8192


def locked(data: bytes) -> bytes:
    """Every member marked as encrypted, as an archiver with a password does."""
    body = bytearray(data)
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = body.find(mark)
        while at >= 0:
            body[at + flags] |= 1
            at = body.find(mark, at + 4)
    return bytes(body)


def sent(browser: FlaskClient, data: bytes, name: str) -> TestResponse:
    """The answer to the form with this file; its body is made here, as the client's own would leave a file open."""
    head = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + data + b"\r\n--edge--\r\n"
    return browser.post("/plans", data=body, content_type="multipart/form-data; boundary=edge")


BAD: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "program": (lambda: b"MZ\x90\0" + b"\0" * 500, "方案.exe", "程序文件"),
    "program called docx": (lambda: b"\x7fELF" + b"\1" * 500, "方案.docx", "程序文件"),
    "pdf": (lambda: b"%PDF-1.7\n" + b"\0" * 500, "方案.pdf", "PDF"),
    "pdf called docx": (lambda: b"%PDF-1.7\n" + b"\0" * 500, "方案.docx", "PDF"),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "方案.png", "图片"),
    "archive": (lambda: zipped({"方案.txt": "一、问题".encode()}), "方案.zip", "没有Word或Excel"),
    "sheet with a password": (encrypted, "方案.xlsx", "密码"),
    "document with a password": (encrypted, "方案.docx", "密码"),
    "archive with a password": (lambda: locked(SHEET), "方案.xlsx", "密码"),
    "truncated document": (lambda: WORD[: len(WORD) // 2], "方案.docx", "损坏"),
    "truncated sheet": (lambda: SHEET[: len(SHEET) // 2], "方案.xlsx", "损坏"),
    "nested bomb": (nested_bomb, "方案.docx", "没有Word或Excel"),
    "flat bomb of 4 GiB": (flat_bomb, "方案.xlsx", "过大"),
    "100 MB": (lambda: b"a" * (100 * MIB), "方案.docx", "超过了允许的大小"),
    "a byte too much": (lambda: b"a" * (reading.LARGEST_FILE + 1), "方案.txt", "20.0 MB"),
    "dtd": (lambda: with_doctype(SHEET, "xl/worksheets/sheet1.xml", "utf-8"), "方案.xlsx", "DTD"),
    "a billion laughs": (laughs, "方案.docx", "DTD"),
    "macros by name": (lambda: SHEET, "方案.xlsm", "宏"),
    "macros in a document": (lambda: replaced(WORD, "[Content_Types].xml", MACROS), "方案.docm", "宏"),
    "macros in a sheet": (lambda: changed(SHEET, same, {"xl/vbaProject.bin": b"x"}), "方案.xlsx", "宏"),
    "1,000,000 rows": (million_rows, "方案.xlsx", "行"),
    "16,384 columns": (wide, "方案.xlsx", "列"),
    "last cell of all": (lambda: far_cell(SHEET, "XFD1048576"), "方案.xlsx", "行"),
    "empty": (lambda: b"", "方案.docx", "空的"),
    "nothing but NUL": (lambda: b"\0" * 5000, "方案.txt", "空的"),
    "NUL among the text": (lambda: "一、问题\0\0\0".encode() * 500, "方案.txt", "不是文本"),
    "empty workbook": (lambda: saved(openpyxl.Workbook()), "方案.xlsx", "没有内容"),
    "document without text": (lambda: saved(docx.Document()), "方案.docx", "没有文字"),
    "a name of 500 characters": (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "长" * 500 + ".png", "图片"),
    "a name with a path": (lambda: WORD[:900], "../../etc/方案.docx", "损坏"),
    "a name with control characters": (lambda: WORD[:900], "方\u202e案\x07.docx", "损坏"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_gets_one_sentence_and_leaves_nothing(
    client: Callable[..., FlaskClient], session: Session, case: str
) -> None:
    make, name, part = BAD[case]
    data, before = make(), resource.getrusage(resource.RUSAGE_CHILDREN)

    answer = sent(client("office"), data, name)

    assert answer.status_code == (413 if len(data) >= 100 * MIB else 200)
    assert any(part in line and "。" in line for line in answer.text.split("\n"))
    assert session.scalar(select(func.count()).select_from(models.PlanFile)) == 0
    assert session.scalars(select(models.AuditEntry.act).where(models.AuditEntry.act.like("plan.%"))).all() == []
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < SECONDS
    assert after.ru_maxrss < reading.MEMORY // 1024


@pytest.mark.parametrize("case", ["empty", "dtd", "16,384 columns"])
def test_why_a_file_is_not_read_is_told_in_the_language_of_the_page(
    app: Flask, client: Callable[..., FlaskClient], case: str
) -> None:
    make, name, part = BAD[case]
    browser = client("office")
    browser.post("/language", data={"locale": "en", "next": "/plans"})
    with pytest.raises(reading.Unreadable, match=part) as refused:
        reading.read(make(), name)

    answer = sent(browser, make(), name)

    with app.test_request_context(), force_locale("en"):
        english = gettext(refused.value.sentence, **refused.value.values)
    assert escape(english) in answer.text


@pytest.mark.parametrize("kind", ["doc", "wps"])
def test_an_old_word_file_without_libreoffice_is_a_sentence_too(
    client: Callable[..., FlaskClient], session: Session, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(legacy, "program", lambda: None)
    old = OLE + "WordDocument".encode("utf-16-le") + b"\0" * 2000
    browser = client("office")
    assert ".doc、" not in browser.get("/plans").text

    answer = browser.post("/plans", data={"file": (io.BytesIO(old), f"方案.{kind}")})

    assert answer.status_code == 200 and "没有安装LibreOffice" in answer.text
    assert session.scalar(select(func.count()).select_from(models.PlanFile)) == 0


def test_a_good_file_under_a_bad_name_is_kept_under_what_a_page_can_show(
    client: Callable[..., FlaskClient], session: Session
) -> None:
    stream = io.BytesIO()
    writing.plan_docx(stream, PlanDraft(title="方案", issues=reading.read(WORD, "a.docx").issues))
    stream.seek(0)

    answer = client("office").post("/plans", data={"file": (stream, "../../" + "长" * 500 + "\x07\u202e.docx")})

    assert answer.status_code == 302
    (kept,) = session.scalars(select(models.PlanFile)).all()
    assert len(kept.name) <= 300 and kept.name.endswith(".docx") and "\x07" not in kept.name and "/" not in kept.name
