"""The `rectify` command as scripts meet it (design.md 8): exit statuses, one sentence on standard error, JSON alone."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reading.test_sheets import SEVERAL, workbook

ROOT = Path(__file__).resolve().parent.parent
LEDGER = """序号\t反馈问题\t整改措施\t责任单位\t整改时限\t是否完成
1\t县城污水处理能力不足。\t完成二期工程建设。\t县住建局\t2020年12月底前\t否
2\t砂石厂无序开采。\t关停三家无证企业。\t县自然资源局\t2018年12月底前\t是
"""


def rectify(folder: Path, *arguments: str, typed: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RECTIFY_")}
    return subprocess.run(
        [sys.executable, "-m", "rectify.commands", *arguments],
        cwd=ROOT,
        env=kept | {"RECTIFY_DATA_DIR": str(folder / "data"), "PYTHONIOENCODING": "utf-8"} | settings,
        input=typed,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["figures", "--as-of", "2020-02-30"], 2, "日期“2020-02-30”有误"),
        (["figures", "--inspection", "没有的批次"], 1, "没有名为“没有的批次”的批次"),
        (["plan", "read", "missing.docx"], 1, "无法读取文件"),
        (["plan", "import", "missing.docx"], 2, "--inspection"),
        (["report", "--format", "pdf"], 2, "pdf"),
        (["restore", "missing.zip"], 1, "没有找到备份文件"),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_a_status(
    tmp_path: Path, arguments: list[str], status: int, says: str
) -> None:
    done = rectify(tmp_path, *arguments)

    assert done.returncode == status
    assert says in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == ""


def test_an_unknown_setting_stops_the_start_and_is_named(tmp_path: Path) -> None:
    done = rectify(tmp_path, "figures", RECTIFY_PROT="8000")

    assert done.returncode == 1
    assert "RECTIFY_PROT" in done.stderr


def test_a_ledger_is_imported_counted_and_reported_by_commands_alone(tmp_path: Path) -> None:
    file = tmp_path / "台账.txt"
    file.write_text(LEDGER, encoding="utf-8")

    read = rectify(tmp_path, "plan", "read", str(file))
    imported = rectify(tmp_path, "plan", "import", str(file), "--inspection", "县台账", "--as-of", "2019-06-25")
    again = rectify(tmp_path, "plan", "import", str(file), "--inspection", "县台账")
    before = rectify(tmp_path, "figures", "--as-of", "2019-06-24", "--json")
    after = rectify(tmp_path, "figures", "--inspection", "县台账", "--as-of", "2019-06-25", "--check")
    report = rectify(tmp_path, "report", "--as-of", "2019-06-25", "--format", "docx", "--out", str(tmp_path / "r.docx"))

    assert len(json.loads(read.stdout)["issues"]) == 2
    assert json.loads(imported.stdout)["measures"] == 2
    assert again.returncode == 1 and "已经导入过" in again.stderr
    assert json.loads(before.stdout)["inspections"][0]["measures"]["total"] == 0
    assert after.returncode == 0
    assert json.loads(after.stdout)["inspections"][0]["measures"]["done"] == 1
    assert report.returncode == 0 and (tmp_path / "r.docx").read_bytes().startswith(b"PK")


def test_the_sheets_of_a_workbook_are_chosen_by_their_names(tmp_path: Path) -> None:
    file = tmp_path / "台账.xlsx"
    file.write_bytes(workbook(*SEVERAL, hidden=("旧稿",)))

    chosen = rectify(tmp_path, "plan", "read", str(file), "--sheet", "省督察", "--sheet", "旧稿")
    unknown = rectify(tmp_path, "plan", "read", str(file), "--sheet", "省督查")

    assert [issue["part"] for issue in json.loads(chosen.stdout)["issues"]] == ["省督察", "旧稿"]
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "没有工作表“省督查”，现有的工作表是“说明”“中央督察”“省督察”“旧稿”“空表”" in unknown.stderr


def test_what_the_program_writes_is_for_its_own_account(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)

    done = rectify(
        tmp_path, "user", "add", "chen", "--role", "office", "--password-stdin", typed="Correct-Horse-2026\n"
    )

    assert done.returncode == 0
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").iterdir()}
    assert modes["rectify.sqlite"] == 0o600 and modes["secret.key"] == 0o600
