"""Files that cannot or must not be read: each gets one Chinese sentence, in bounded time and memory."""

from __future__ import annotations

import io
import random
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rectify.reading import Unreadable, read, read_apart
from tests.reading.labels_of import PLANS

WORD = (PLANS / "province_label_per_line.docx").read_bytes()
SHEET = (PLANS / "county_ledger.xlsx").read_bytes()
TEXT = (PLANS / "measures_with_parentheses.txt").read_bytes()
COMMAS = (PLANS / "comma_separated.csv").read_bytes()
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504


def changed(
    archive: bytes, change: Callable[[str, bytes], bytes | None], extra: dict[str, bytes] | None = None
) -> bytes:
    """A copy of an Office file with its members changed, dropped (None) or added."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in source.namelist():
            content = change(name, source.read(name))
            if content is not None:
                copy.writestr(name, content)
        for name, content in (extra or {}).items():
            copy.writestr(name, content)
    return target.getvalue()


def with_doctype(archive: bytes, member: str, encoding: str) -> bytes:
    def change(name: str, content: bytes) -> bytes:
        if name != member:
            return content
        body = content.decode("utf-8").split("?>", 1)[1]
        entities = '<!DOCTYPE x [<!ENTITY a "哈"><!ENTITY b "&a;&a;&a;&a;">]>'
        return f'<?xml version="1.0" encoding="{encoding}"?>{entities}{body}'.encode(encoding)

    return changed(archive, change)


def bomb(member: str, archive: bytes) -> bytes:
    return changed(archive, lambda name, content: b"<a>" + b" " * (130 * 1024 * 1024) if name == member else content)


def far_cell(archive: bytes, reference: str) -> bytes:
    cell = (
        f'<row r="{reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}"><c r="{reference}"><v>1</v></c></row></sheetData>'
    )

    def change(name: str, content: bytes) -> bytes:
        return content.replace(b"</sheetData>", cell.encode()) if name == "xl/worksheets/sheet1.xml" else content

    return changed(archive, change)


def many_rows(archive: bytes) -> bytes:
    rows = "".join(f'<row r="{at}"><c r="A{at}"><v>{at}</v></c></row>' for at in range(20, 200_020)) + "</sheetData>"

    def change(name: str, content: bytes) -> bytes:
        return content.replace(b"</sheetData>", rows.encode()) if name == "xl/worksheets/sheet1.xml" else content

    return changed(archive, change)


def encrypted_member(archive: bytes) -> bytes:
    data = bytearray(archive)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(signature, at + 4)
    return bytes(data)


def replaced(archive: bytes, member: str, content: bytes) -> bytes:
    return changed(archive, lambda name, before: content if name == member else before)


def same(name: str, content: bytes) -> bytes:
    return content


MACROS = b'<Types><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>'
BAD: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "empty": (lambda: b"", "a.docx", "空的"),
    "only spaces": (lambda: b" \r\n\t\n", "a.txt", "空的"),
    "too large": (lambda: b"a" * (20 * 1024 * 1024 + 1), "a.txt", "20 MB"),
    "random bytes": (lambda: random.Random(1).randbytes(5000), "a.docx", "上传"),
    "random text": (lambda: random.Random(2).randbytes(5000), "a.txt", "上传"),
    "truncated word": (lambda: WORD[: len(WORD) // 2], "a.docx", "损坏"),
    "truncated sheet": (lambda: SHEET[:-200], "a.xlsx", "损坏"),
    "only the magic": (lambda: b"PK\x03\x04", "a.xlsx", "损坏"),
    "zip of nothing": (lambda: b"PK\x05\x06" + b"\0" * 18, "a.docx", "没有Word或Excel"),
    "word bomb": (lambda: bomb("word/document.xml", WORD), "a.docx", "过大"),
    "sheet bomb": (lambda: bomb("xl/worksheets/sheet1.xml", SHEET), "a.xlsx", "过大"),
    "media bomb": (lambda: changed(WORD, same, {"word/media/a.png": b"\0" * (130 * 1024 * 1024)}), "a.docx", "过大"),
    "many members": (lambda: changed(WORD, same, {f"a/{n}.bin": b"" for n in range(4000)}), "a.docx", "部件过多"),
    "word dtd": (lambda: with_doctype(WORD, "word/document.xml", "utf-8"), "a.docx", "DTD"),
    "word dtd in utf-16": (lambda: with_doctype(WORD, "word/document.xml", "utf-16"), "a.docx", "DTD"),
    "styles dtd": (lambda: with_doctype(WORD, "word/styles.xml", "utf-8"), "a.docx", "DTD"),
    "sheet dtd": (lambda: with_doctype(SHEET, "xl/worksheets/sheet1.xml", "utf-8"), "a.xlsx", "DTD"),
    "sheet dtd in utf-16": (lambda: with_doctype(SHEET, "xl/sharedStrings.xml", "utf-16"), "a.xlsx", "DTD"),
    "docm by name": (lambda: WORD, "a.docm", "宏"),
    "docm by content": (
        lambda: replaced(WORD, "[Content_Types].xml", MACROS), "a.docx", "宏"
    ),
    "vba project": (lambda: changed(SHEET, same, {"xl/vbaProject.bin": b"x"}), "a.xlsx", "宏"),
    "encrypted office": (lambda: OLE + "EncryptedPackage".encode("utf-16-le") + b"\0" * 900, "a.xlsx", "密码"),
    "encrypted member": (lambda: encrypted_member(WORD), "a.docx", "密码"),
    "old word, broken": (lambda: OLE + "WordDocument".encode("utf-16-le") + b"\0" * 900, "a.doc", ".docx"),
    "old sheet, broken": (lambda: OLE + "Workbook".encode("utf-16-le") + b"\0" * 900, "a.xls", "损坏"),
    "unknown ole": (lambda: OLE + b"\0" * 900, "a.bin", "不认识"),
    "no body": (
        lambda: replaced(WORD, "word/document.xml", b"<a/>"), "a.docx", "正文"
    ),
    "broken xml": (
        lambda: replaced(WORD, "word/document.xml", b"<w:document><w:body>"), "a.docx", "损坏"
    ),
    "far cell": (lambda: far_cell(SHEET, "XFD1048576"), "a.xlsx", "行"),
    "far column": (lambda: far_cell(SHEET, "XFD30"), "a.xlsx", "列"),
    "200,000 rows": (lambda: many_rows(SHEET), "a.xlsx", "行"),
    "pdf": (lambda: b"%PDF-1.7 ...", "a.pdf", "PDF"),
    "html": (lambda: b"<!DOCTYPE html><html><body>x</body></html>", "a.txt", "网页"),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "a.png", "图片"),
    "rtf": (lambda: b"{\\rtf1 x}", "a.rtf", "RTF"),
    "archive": (lambda: b"Rar!\x1a\x07\x00" + b"\0" * 50, "a.rar", "压缩包"),
    "text called docx": (lambda: TEXT, "a.docx", "不是有效的"),
    "zip of text": (lambda: changed(WORD, lambda name, content: None, {"a.txt": b"x"}), "a.docx", "没有Word或Excel"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_gets_one_sentence_that_says_what_to_do(case: str) -> None:
    make, name, part = BAD[case]
    data = make()
    began = time.process_time()
    with pytest.raises(Unreadable) as problem:
        read(data, name)
    sentence = str(problem.value)
    assert part in sentence
    assert sentence.endswith("。") and sentence.count("。") == 1
    assert "请" in sentence
    assert time.process_time() - began < 10


@pytest.mark.parametrize("case", ["empty", "word bomb", "sheet dtd", "encrypted office", "200,000 rows"])
def test_a_bad_file_read_apart_gets_the_same_sentence(case: str) -> None:
    make, name, _ = BAD[case]
    data = make()
    with pytest.raises(Unreadable) as here:
        read(data, name)

    with pytest.raises(Unreadable) as apart:
        read_apart(data, name)

    assert (apart.value.sentence, apart.value.values) == (here.value.sentence, here.value.values)
    assert str(apart.value) == str(here.value) == here.value.sentence % here.value.values


def test_a_sentence_keeps_what_fills_it_apart() -> None:
    with pytest.raises(Unreadable) as problem:
        read(many_rows(SHEET), "a.xlsx")

    rows = problem.value.values["rows"]
    assert problem.value.sentence == "工作表有%(rows)s行，超过%(most)s行，请只保留台账内容后再上传。"
    assert str(problem.value) == f"工作表有{rows}行，超过50000行，请只保留台账内容后再上传。"
    assert int(rows) > 50_000


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "{}",
        '{"unreadable": "坏"}',
        '{"unreadable": {"sentence": "坏"}}',
        '{"unreadable": {"sentence": "坏%(a)s", "values": {"b": 1}}}',
        '{"unreadable": {"sentence": "坏", "values": {"sentence": "a"}}}',
        '{"unreadable": {"sentence": "坏%", "values": {"a": "b"}}}',
    ],
)
def test_a_refusal_that_is_none_of_ours_is_the_sentence_for_a_child_that_failed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str
) -> None:
    child = tmp_path / "child"
    child.write_text(f"#!/bin/sh\ncat > /dev/null\necho '{answer}'\nexit 3\n")
    child.chmod(0o700)
    monkeypatch.setattr("rectify.reading.sys.executable", str(child))

    with pytest.raises(Unreadable, match="内存或时间超限"):
        read_apart(WORD, "a.docx")


@pytest.mark.parametrize("name", ["province_label_per_line.docx", "county_ledger.xlsx", "numbered_labels_utf16.txt"])
def test_a_good_file_read_apart_is_the_same_draft(name: str) -> None:
    data = (PLANS / name).read_bytes()
    assert read_apart(data, name) == read(data, name)


def test_a_name_is_only_a_name() -> None:
    for name in (
        "../../etc/passwd\0.docx",
        "--apart",
        "-c",
        "a\r\nb.docx",
        "\u202excod.docx",
        "长" * 500 + ".docx",
        "",
    ):
        assert len(read_apart(WORD, name).issues) == 3


def test_a_child_that_dies_is_a_sentence_and_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("rectify.reading.sys.executable", "/bin/false")
    with pytest.raises(Unreadable, match="请"):
        read_apart(WORD, "a.docx")
    assert [record.name for record in caplog.records] == ["rectify.reading"]


def test_a_child_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr("rectify.reading.SECONDS", 0.05)
    with pytest.raises(Unreadable, match="已停止"):
        read_apart(WORD, "a.docx")


def test_text_with_a_broken_end_is_read_and_said() -> None:
    draft = read(TEXT[:-5] + b"\xe4", "a.txt")
    assert len(draft.issues) == 3
    assert any("无法辨认" in note for note in draft.notes)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_is_the_same_in_every_encoding(encoding: str) -> None:
    text = TEXT.decode("utf-8")
    draft = read(text.encode(encoding), "a.txt")
    assert draft.as_json()["issues"] == read(TEXT, "a.txt").as_json()["issues"]
    assert draft.encoding == {"gb18030": "GB18030"}.get(encoding, "UTF-16" if "16" in encoding else "UTF-8")


REPETITIVE: dict[str, str] = {
    "one label in one line": "责任单位：甲；" * 15_000,
    "labels on lines": "整改时限：2021年底\n责任单位：甲局\n" * 4_000,
    "issues": "一、事。\n整改措施：1.做；2.办。\n整改时限：2021年底\n" * 3_000,
    "one issue of many rows": "序号\t问题\t措施\n" + "1\t污染\t治理\n" * 8_000,
    "open brackets": "一、事（牵头单位：甲" * 5_000,
    "numbers": "一、" * 20_000,
    "dates": "整改目标：" + "2020年底前完成，" * 10_000,
    "names": "责任单位：" + "甲市、" * 30_000,
    "numbered lines": "1.事情。\n" * 15_000,
}


@pytest.mark.parametrize("case", REPETITIVE)
def test_long_and_repetitive_text_is_read_in_seconds(case: str) -> None:
    began = time.process_time()
    read(REPETITIVE[case].encode("utf-8"), "a.txt")
    assert time.process_time() - began < 10


def test_a_line_too_long_to_read_is_said() -> None:
    draft = read(("一、河道污染。整改时限：2021年底" + "很长。" * 50_000).encode("utf-8"), "a.txt")
    assert any("没有读取" in note for note in draft.notes) and draft.unread


def test_text_beyond_all_plans_is_refused() -> None:
    with pytest.raises(Unreadable, match="100万字"):
        read(("一、河道污染。\n" * 500_000).encode("utf-8"), "a.txt")
