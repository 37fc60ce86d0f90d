"""Old Word files: converted by LibreOffice where it is installed, refused with a sentence where it is not."""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from rectify.reading import Unreadable, legacy, oldsheets, read, read_apart
from tests.reading.labels_of import PLANS

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
OLD_WORD = OLE + "WordDocument".encode("utf-16-le") + b"\0" * 1000
WORD = (PLANS / "province_label_per_line.docx").read_bytes()
REAL = PLANS.parent / "legacy" / "province_label_per_line.doc"
WITHOUT_NETWORK = "BlockUntrustedRefererLinks"


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called soffice on the path that does what `does.sh` says; the folder that holds it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "ready.docx").write_bytes(WORD)
    script = folder / "soffice"
    script.write_text(
        "#!/bin/sh\n"
        'while [ "$#" -gt 1 ]; do [ "$1" = --outdir ] && out="$2"; shift; done\n'
        f'mkdir -p "$out"; cd {folder}; . ./does.sh\n'
    )
    script.chmod(0o700)
    does(folder, 'cp ready.docx "$out/plan.docx"')
    monkeypatch.setenv("PATH", str(folder))
    return folder


def does(folder: Path, command: str) -> None:
    (folder / "does.sh").write_text(command + "\n")


def test_an_old_word_file_is_read_as_its_conversion_and_that_is_said(fake: Path) -> None:
    draft, plain = read(OLD_WORD, "a.doc"), read(WORD, "a.docx")
    assert draft.notes == [legacy.NOTE, *plain.notes]
    assert draft.issues == plain.issues and len(draft.issues) == 3
    assert read_apart(OLD_WORD, "a.wps") == draft


def test_without_libreoffice_a_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unreadable, match="没有安装LibreOffice.*另存为.docx"):
        read_apart(OLD_WORD, "a.doc")


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("exit 1", "打不开"),
        ("exit 0", "打不开"),
        ('echo rubbish > "$out/plan.docx"', "请"),
        ('head -c 5000 ready.docx > "$out/plan.docx"', "损坏"),
        (f'head -c {21 * 1024 * 1024} /dev/zero > "$out/plan.docx"', "过大"),
    ],
)
def test_a_conversion_that_fails_is_a_sentence(fake: Path, command: str, sentence: str) -> None:
    does(fake, command)
    with pytest.raises(Unreadable, match=sentence) as problem:
        read(OLD_WORD, "a.doc")
    assert str(problem.value).count("。") == 1


def test_a_conversion_that_hangs_is_ended_with_all_that_it_started(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legacy, "SECONDS", 0.5)
    does(fake, "sleep 60 & echo $! > child; wait")
    began = time.monotonic()
    with pytest.raises(Unreadable, match="已停止"):
        read(OLD_WORD, "a.doc")
    assert time.monotonic() - began < 20
    child = int((fake / "child").read_text())
    for _ in range(50):
        if not Path(f"/proc/{child}/cmdline").exists() or not Path(f"/proc/{child}/cmdline").read_bytes():
            break
        time.sleep(0.1)
    else:
        os.kill(child, 9)
        pytest.fail("what the converter started goes on running")


def test_each_conversion_has_a_home_of_its_own_that_is_gone_afterwards(fake: Path) -> None:
    does(fake, 'echo "$HOME" >> homes; cp "$HOME"/profile/user/*.xcu profile; cp ready.docx "$out/plan.docx"')
    read(OLD_WORD, "a.doc")
    read(OLD_WORD, "a.doc")
    homes = (fake / "homes").read_text().split()
    assert len(set(homes)) == 2 and not any(Path(home).exists() for home in homes)
    assert WITHOUT_NETWORK in (fake / "profile").read_text()


def test_conversions_take_turns(fake: Path) -> None:
    does(fake, 'echo in >> log; sleep 0.2; echo out >> log; cp ready.docx "$out/plan.docx"')
    threads = [threading.Thread(target=read, args=(OLD_WORD, "a.doc")) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (fake / "log").read_text().split() == ["in", "out"] * 3


def test_who_waits_too_long_for_his_turn_is_told(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legacy, "WAIT", 0.2)
    with legacy._turn, pytest.raises(Unreadable, match="正在转换别的"):
        read(OLD_WORD, "a.doc")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (b"\xec\xa5" + b"\0" * 8 + b"\0\x01" + b"\0" * 500, "密码"),
        ("_VBA_PROJECT".encode("utf-16-le") + b"\0" * 488, "宏"),
        ("EncryptedPackage".encode("utf-16-le") + b"\0" * 480, "密码"),
    ],
)
def test_a_protected_old_file_or_one_with_macros_is_never_handed_to_libreoffice(
    fake: Path, more: bytes, sentence: str
) -> None:
    does(fake, "touch asked; exit 1")
    head = "WordDocument".encode("utf-16-le")
    with pytest.raises(Unreadable, match=sentence):
        read(OLE + head + b"\0" * (512 - len(head)) + more, "a.doc")
    assert not (fake / "asked").exists()


def test_a_real_old_word_file_is_read_where_libreoffice_is_installed_and_refused_where_not() -> None:
    if shutil.which("soffice") is None and shutil.which("libreoffice") is None:
        with pytest.raises(Unreadable, match="没有安装LibreOffice"):
            read_apart(REAL.read_bytes(), "a.doc")
        return
    draft, plain = read_apart(REAL.read_bytes(), "a.doc"), read(WORD, "a.docx")
    assert [issue.number for issue in draft.issues] == ["十一", "十二", "十三"]
    for old, new in zip(draft.issues, plain.issues, strict=True):
        assert (old.text, old.goal, old.deadline, old.units) == (new.text, new.goal, new.deadline, new.units)
        assert [measure.text for measure in old.measures] == [measure.text for measure in new.measures]


OLD_SHEET, NEW_SHEET = (PLANS.parent / "legacy" / f"audit_ledger.{ending}" for ending in ("xls", "xlsx"))


def test_an_old_workbook_reads_as_the_new_one_that_it_was_saved_from() -> None:
    old, new = (read(file.read_bytes(), file.name) for file in (OLD_SHEET, NEW_SHEET))
    assert (old.issues, old.notes, old.as_of) == (new.issues, new.notes, new.as_of)
    shown = [str(measure.deadline and measure.deadline.date) for measure in old.issues[0].measures]
    assert shown == ["2024-06-30", "2024-07-15"]  # 2024年6月 is shown as a month, 2024-07-15 as a day
    assert str(old.issues[1].deadline and old.issues[1].deadline.date) == "2024-12-31"
    assert [unit.name for unit in old.issues[0].units] == ["县发改局", "县住建局"]
    assert old.notes == ["有1行是隐藏的，已一并读取。"]


def test_records_of_an_old_workbook_that_lead_nowhere_are_left_alone() -> None:
    data = OLD_SHEET.read_bytes()
    for at in range(0, len(data), 41):
        broken = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
        assert isinstance(oldsheets.month_cells(broken, lambda number, code: True), list)
        assert sum(oldsheets.hidden_rows(broken)) >= 0
    circle = data[:512] + b"\0" * (len(data) - 512)
    assert oldsheets.month_cells(circle, lambda number, code: True) == []
