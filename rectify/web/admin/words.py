"""The words of the trail: every act and every kind of thing that anything writes into it, as the auditor reads them.

A test compares this list with the acts in the source; an act that is missing here is shown by its code.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from rectify.web import parts

ACTS = {
    "sign_in": _("登录"),
    "sign_out": _("退出登录"),
    "denied": _("被拒绝的访问"),
    "export": _("导出"),
    "audit.look": _("查看审计日志"),
    "user.add": _("新建账号"),
    "user.change": _("修改账号"),
    "user.disable": _("停用账号"),
    "user.enable": _("启用账号"),
    "user.temporary_password": _("发放临时密码"),
    "user.end_session": _("退出一处登录"),
    "user.end_sessions": _("退出多处登录"),
    "user.check_password": _("核对原密码"),
    "user.change_password": _("修改密码"),
    "user.ask_reset": _("申请重置密码"),
    "user.reset_password": _("重置密码"),
    "user.language": _("更换语言"),
    "unit.add": _("新增单位"),
    "unit.change": _("修改单位"),
    "unit.import": _("导入单位名单"),
    "region.add": _("新增地区"),
    "region.change": _("修改地区"),
    "region.remove": _("删除地区"),
    "setting.change": _("修改设置"),
    "plan.upload": _("上传方案"),
    "plan.drop": _("放弃方案"),
    "plan.import": _("导入方案"),
    "inspection.add": _("新建批次"),
    "inspection.change": _("修改批次"),
    "inspection.rules": _("修改批次规则"),
    "issue.add": _("新增问题"),
    "issue.amend": _("修改问题"),
    "issue.assign": _("调整问题的单位"),
    "issue.extend": _("问题延期"),
    "issue.correct": _("更正问题时限"),
    "issue.answer": _("答复问题的疑点"),
    "issue.withdraw": _("撤销问题"),
    "measure.add": _("新增措施"),
    "measure.amend": _("修改措施"),
    "measure.link": _("关联措施"),
    "measure.assign": _("调整措施的单位"),
    "measure.extend": _("措施延期"),
    "measure.correct": _("更正措施时限"),
    "measure.answer": _("答复措施的疑点"),
    "measure.withdraw": _("撤销措施"),
    "measure.report": _("填报进展"),
    "measure.submit": _("申报完成"),
    "measure.submission_withdrawn": _("撤回申报"),
    "measure.accept": _("认定完成"),
    "measure.return": _("退回申报"),
    "measure.sign_off": _("登记销号"),
    "measure.reopen": _("反弹重启"),
    "measure.confirm": _("确认进度"),
    "measure.confirm_withdrawn": _("撤回进度确认"),
    "milestone.place": _("落实阶段目标"),
    "milestone.refuse": _("不认可阶段目标"),
    "evidence.add": _("上传佐证材料"),
    "evidence.download": _("下载佐证材料"),
    "evidence.broken": _("佐证材料校验失败"),
    "round.add": _("新增调度期"),
    "round.cancel": _("取消调度期"),
    "round.open": _("调度期开始"),
    "round.close": _("调度期结束"),
    "round.missed": _("错过调度期"),
    "job.judge": _("任务：判定"),
    "job.rounds": _("任务：调度期"),
    "job.remind": _("任务：提醒"),
    "job.post": _("任务：发信"),
    "job.housekeeping": _("任务：清理"),
    "job.ask": _("要求运行任务"),
    "outbox.resend": _("重发邮件"),
    "outbox.release": _("放行邮件"),
    "outbox.test": _("发送测试邮件"),
    "backup": _("备份"),
    "restore": _("恢复"),
}
ITEMS = {
    "inspection": _("批次"),
    "issue": _("问题"),
    "measure": _("措施"),
    "evidence": _("佐证材料"),
    "plan_file": _("方案文件"),
    "round": _("调度期"),
    "user": _("账号"),
    "unit": _("单位"),
    "region": _("地区"),
    "setting": _("设置"),
    "ledger": _("台账"),
    "report": _("工作报告"),
    "audit": _("审计日志"),
    "page": _("页面"),
    "job": _("任务"),
    "job_run": _("任务运行"),
    "outbox": _("发件箱"),
    "installation": _("本系统"),
}


@dataclass(frozen=True)
class Words:
    """All of them in the language of the request, for use after it has ended."""

    acts: dict[str, str]
    items: dict[str, str]
    roles: dict[str, str]
    done: str
    failed: str


def translated() -> Words:
    """The words in the language of the page."""
    return Words(
        acts={code: str(word) for code, word in ACTS.items()},
        items={code: str(word) for code, word in ITEMS.items()},
        roles={code: gettext(word) for code, word in parts.ROLE_WORDS.items()} | {"system": gettext("系统")},
        done=gettext("成功"),
        failed=gettext("未成功"),
    )
