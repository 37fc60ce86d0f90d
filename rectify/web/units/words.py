"""Words that pages of units and of those who decide share: refusals, numbers, what a report or a submission says."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice

STATES = {
    "not_started": _l("尚未启动"),
    "in_progress": _l("正在推进"),
    "basically_completed": _l("基本完成"),
    "completed": _l("已完成"),
}
CLAIMS = {"completed": _l("已完成"), "basically_completed": _l("基本完成")}
FORECASTS = {"": _l("未填写"), "able": _l("能按期完成"), "hopeful": _l("有望按期完成"), "hard": _l("难以按期完成")}
SAID = {"": _l("不作判断"), "on_schedule": _l("达到序时进度"), "behind": _l("未达到序时进度")}
REASON_KINDS = {"": _l("未填写"), "own": _l("主观原因"), "outside": _l("客观原因")}
UNIT_ROLES = {
    "lead": _l("牵头单位"),
    "responsible": _l("责任单位"),
    "cooperating": _l("配合单位"),
    "supervising": _l("督导单位"),
    "acceptance": _l("验收单位"),
}


def choices(offered: Mapping[str, object]) -> list[SelectChoice]:
    """Values and their words as the choices of a field."""
    return [SelectChoice(value, label) for value, label in offered.items()]


def size(count: int) -> str:
    """Bytes as people read them: 380 KB, 2.4 MB."""
    return f"{max(1, round(count / 1024))} KB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MB"
