"""The `rectify` command: a thin face of the rooms below (design.md 8).

Errors go to standard error as one sentence, exit status 2 for wrong use, 1 for a failure; where a command prints JSON,
nothing else is on standard output. Rooms are imported where they are used, so that `plan read` starts at once.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rectify import settings

if TYPE_CHECKING:
    from flask import Flask


class Failure(click.ClickException):
    """What could not be done, in one sentence; exit status 1."""


class Day(click.ParamType):
    """A civil day written as 2026-06-30."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            self.fail(f"日期“{value}”有误，应写作 2026-06-30。", param, ctx)


DAY = Day()


def open_app() -> Flask:
    """The application on a database that is up to date: the embedded one is made and migrated, another must be."""
    from rectify.factory import create_app
    from rectify.upkeep import doctor, schema

    app = create_app()
    config = app.config["SETTINGS"]
    refusal = doctor.refuse_start(app)
    if refusal:
        raise Failure(refusal)
    if config.is_sqlite:
        schema.upgrade(app)
    elif schema.current(app) != schema.newest(app):
        raise Failure("数据库尚未升级到本程序的版本，请先运行 rectify migrate。")
    return app


def today_of(app: Flask) -> dt.date:
    from rectify import clock

    return clock.today(app.config["SETTINGS"].timezone)


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """rectify 整改台账：督察、巡视、考核反馈问题的整改跟踪。"""


# -- running ---------------------------------------------------------------------------------------------------------


@cli.command()
def serve() -> None:
    """Serve pages and scheduler 启动网页和定时任务."""
    import waitress

    from rectify import clock, jobs
    from rectify.access import sign_in
    from rectify.models import db
    from rectify.web import gate

    config = settings.read()
    loopback = config.host in ("localhost", "::1") or config.host.startswith("127.")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        if not loopback:
            raise Failure(f"以 root 运行时只能监听本机地址，不能监听 {config.host}；请改用普通用户运行。")
        click.echo("警告：正在以 root 运行，仅监听本机地址；正式使用请改用普通用户。", err=True)
    app = open_app()
    if not loopback and not config.is_https:
        click.echo("警告：正通过明文 HTTP 对外服务，请在前面配置 TLS 反向代理并设置 RECTIFY_BASE_URL。", err=True)
    gate.install(secure=config.is_https)
    try:
        server = waitress.create_server(
            app,
            host=config.host,
            port=config.port,
            threads=8,
            ident=None,
            clear_untrusted_proxy_headers=not config.proxies,
            max_request_body_size=app.config["MAX_CONTENT_LENGTH"],
        )
    except OSError as error:
        raise Failure(
            f"无法监听 {config.host}:{config.port}（{error.strerror}），请用 RECTIFY_PORT 换一个端口。"
        ) from error
    runner = jobs.Runner(app) if config.scheduler else None
    with app.app_context():
        first = sign_in.first_admin_token(db.session(), clock.now())
        db.session.commit()
    click.echo(f"整改台账已启动：{config.base_url}", err=True)
    if first:
        click.echo(f"尚无管理员，请打开一次性地址设置首位管理员：{config.base_url}/first/{first}", err=True)
    if runner is not None:
        runner.start()
    jobs.end_on_signal()
    try:
        server.run()
    finally:
        if runner is not None:
            runner.stop()
        server.close()


@cli.command()
def migrate() -> None:
    """Bring the database up to date 升级数据库."""
    from rectify.factory import create_app
    from rectify.upkeep import schema

    app = create_app()
    before = schema.current(app)
    if before and not schema.knows(app, before):
        raise Failure(f"数据库的版本（{before}）比本程序新，请升级程序，或用同版本程序恢复备份。")
    click.echo(f"数据库已是版本 {schema.upgrade(app)}。", err=True)


@cli.command()
@click.option("--today", "day", type=DAY, help="演示的“今天”。")
def demo(day: dt.date | None) -> None:
    """Fill an empty database with the demonstration city 填入演示城市."""
    from rectify.upkeep import demo as city

    app = open_app()
    accounts = city.fill(app, day or today_of(app))
    for account in accounts:
        click.echo("\t".join(account))


# -- plans -----------------------------------------------------------------------------------------------------------


@cli.group()
def plan() -> None:
    """Read and import plans 方案."""


SHEETS = click.option(
    "--sheet",
    "sheets",
    multiple=True,
    metavar="名称",
    help="只读这个工作表，可多次给出；默认读取没有隐藏的全部工作表。",
)


@plan.command("read")
@click.argument("file", type=click.Path(path_type=Path))
@SHEETS
def plan_read(file: Path, sheets: Sequence[str]) -> None:
    """Print the draft of a plan as JSON 解析方案，输出 JSON."""
    print_json(_read(file, sheets).as_json())


@plan.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@SHEETS
@click.option("--inspection", "name", required=True, help="批次名称。")
@click.option("--level", default="central", help="central|provincial|city|county")
@click.option("--field", default="environment", help="environment|poverty|party|other")
@click.option("--kind", default="inspection", help="inspection|xunshi|assessment|checks|notice")
@click.option("--feedback-on", type=DAY)
@click.option("--issued-on", type=DAY)
@click.option("--as-of", type=DAY, help="台账的截止日期。")
@click.option("--basically-counts-as-done", is_flag=True)
@click.option("--answers", type=click.Path(path_type=Path), help="JSON 文件：{问题编号: 答复}。")
def plan_import(
    file: Path,
    sheets: Sequence[str],
    name: str,
    level: str,
    field: str,
    kind: str,
    feedback_on: dt.date | None,
    issued_on: dt.date | None,
    as_of: dt.date | None,
    basically_counts_as_done: bool,
    answers: Path | None,
) -> None:
    """Import a plan or ledger, all or nothing 导入方案或台账."""
    from rectify import access, clock, ledger
    from rectify.models import db

    draft = _read(file, sheets)
    known: dict[str, Any] = {}
    if answers is not None:
        try:
            known = json.loads(_bytes(answers).decode("utf-8-sig"))
        except (ValueError, UnicodeDecodeError) as error:
            raise Failure(f"答复文件 {answers.name} 不是 JSON：{error}。") from error
        if not isinstance(known, dict):
            raise Failure(f"答复文件 {answers.name} 应为一个 JSON 对象：{{问题编号: 答复}}。")
    form = ledger.InspectionForm(
        name=name,
        level=level,
        field=field,
        kind=kind,
        feedback_on=feedback_on,
        issued_on=issued_on,
        basically_counts_as_done=basically_counts_as_done,
    )
    app = open_app()
    with app.app_context():
        imported = ledger.import_plan(
            db.session(),
            draft,
            form,
            known,
            {},
            by=access.SYSTEM,
            day=today_of(app),
            at=clock.now(),
            as_of=as_of,
            file=ledger.FileSeen.of(file.name, _bytes(file)),
        )
        db.session.commit()
    print_json(
        {
            "inspection": name,
            "issues": imported.issues,
            "measures": imported.measures,
            "questions": imported.questions,
        }
    )


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Failure(f"无法读取文件 {file}：{error.strerror}。") from error


def _read(file: Path, sheets: Sequence[str]) -> Any:
    from rectify import reading

    try:
        return reading.read_apart(_bytes(file), file.name, sheets)
    except reading.Unreadable as error:
        raise Failure(str(error)) from error


# -- figures and reports ---------------------------------------------------------------------------------------------


@cli.command()
@click.option("--inspection", "names", multiple=True, help="批次名称，可多次给出。")
@click.option("--as-of", "day", type=DAY, help="截至日期，默认今天。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON（默认也是）。")
@click.option("--check", is_flag=True, help="由事实重算每个时点状态和每个数字。")
def figures(names: Sequence[str], day: dt.date | None, as_json: bool, check: bool) -> None:
    """Print the figures as of a day 输出各项统计."""
    from rectify import figures as counting
    from rectify import releases
    from rectify.models import db

    app = open_app()
    day = day or today_of(app)
    with app.app_context():
        try:
            found = counting.document(db.session(), names, day)
        except LookupError as error:
            raise Failure(f"没有名为“{error.args[0]}”的批次。") from error
        notes: list[str] = []
        wrong = [*counting.check(db.session(), day, notes), *releases.check(db.session())] if check else []
    print_json(found)
    for note in notes:
        click.echo(note, err=True)
    if wrong:
        raise Failure(f"重算发现 {len(wrong)} 处不一致：" + "；".join(wrong[:20]) + "。")


@cli.command()
@click.option("--as-of", "day", type=DAY, help="截至日期，默认今天。")
@click.option("--inspection", "names", multiple=True, help="批次名称，可多次给出。")
@click.option("--format", "kind", type=click.Choice(["text", "docx", "xlsx"]), default="text")
@click.option("--out", type=click.Path(path_type=Path), help="写入的文件，默认标准输出。")
@click.option("--release", "number", metavar="2026-3", help="输出已发布的一期，并核对其事项与数字。")
def report(day: dt.date | None, names: Sequence[str], kind: str, out: Path | None, number: str | None) -> None:
    """Print the report sentence and its annexes 输出工作报告."""
    from rectify import access
    from rectify import figures as counting
    from rectify.models import db
    from rectify.web import reports

    app = open_app()
    if number is not None:
        if day is not None or names:
            raise click.UsageError("--release 已确定截止日期和批次，不能再给 --as-of 或 --inspection。")
        _released(app, number, kind, out)
        return
    day = day or today_of(app)
    with app.app_context():
        known = {row.name: row.id for row in counting.inspections(db.session(), access.SYSTEM, day)}
        for name in names:
            if name not in known:
                raise Failure(f"没有名为“{name}”的批次。")
        ids = [known[name] for name in names] if names else None
        made = reports.compose(db.session(), access.SYSTEM, day, ids)
        content = reports.render(made, kind)
    _hand_out(content, out)
    for note in made.notes:
        click.echo(note, err=True)
    if made.reasons:
        raise Failure("报告未通过检查：" + "；".join(made.reasons))


def _released(app: Flask, number: str, kind: str, out: Path | None) -> None:
    """A released report from its frozen rows, which must still sum to its figures."""
    from rectify import releases
    from rectify.models import db
    from rectify.web.reports.releases import render

    year, _, seq = number.partition("-")
    if not (year.isascii() and year.isdigit() and seq.isascii() and seq.isdigit() and len(year + seq) <= 12):
        raise click.UsageError(f"报告编号“{number}”应写作 2026-3，即2026年第3期。")
    with app.app_context():
        made = releases.numbered(db.session(), int(year), int(seq))
        if made is None:
            raise Failure(f"没有发布过{int(year)}年第{int(seq)}期报告。")
        wrong = releases.faults(db.session(), made)
        content = render(db.session(), made, kind)
    _hand_out(content, out)
    if wrong:
        raise Failure(f"冻结的事项与数字有 {len(wrong)} 处不一致：" + "；".join(wrong[:20]) + "。")


def _hand_out(content: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(content)
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        raise Failure(f"无法写入 {out}：{error.strerror}。") from error


# -- jobs ------------------------------------------------------------------------------------------------------------


@cli.group("jobs")
def jobs_group() -> None:
    """The scheduler 定时任务."""


@jobs_group.command("run")
def jobs_run() -> None:
    """Run the scheduler as a process of its own 单独运行定时任务."""
    from rectify import jobs

    jobs.run_forever(open_app())


def _job(name: str) -> Callable[[dt.date | None], None]:
    def run(day: dt.date | None) -> None:
        from rectify import jobs

        app = open_app()
        print_json(jobs.run_job(app, name, day or today_of(app)))

    return run


for _name, _help in (
    ("judge", "判断当日变化 the day turns"),
    ("rounds", "开启和截止调度期 rounds"),
    ("remind", "排入提醒 queue reminders"),
    ("post", "发送邮件 send what is queued"),
):
    jobs_group.command(_name, help=_help)(click.option("--today", "day", type=DAY)(_job(_name)))


# -- accounts --------------------------------------------------------------------------------------------------------


@cli.group()
def user() -> None:
    """Accounts 账号."""


@user.command("add")
@click.argument("name")
@click.option("--role", required=True, help="office|supervisor|lead|clerk|leader|admin|auditor")
@click.option("--unit", "unit_name", help="单位名称。")
@click.option("--email", default=None)
@click.option("--full-name", default="")
@click.option("--password-stdin", is_flag=True, help="从标准输入读取密码。")
def user_add(
    name: str, role: str, unit_name: str | None, email: str | None, full_name: str, password_stdin: bool
) -> None:
    """Add an account 新增账号."""
    from rectify import access, clock
    from rectify.access import accounts, places
    from rectify.access.sentences import Refused
    from rectify.models import db

    app = open_app()
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    with app.app_context():
        unit = places.unit_named(db.session(), unit_name) if unit_name else None
        if unit_name and unit is None:
            raise Failure(f"没有名为“{unit_name}”的单位，请先录入单位或核对名称。")
        details = accounts.Details(name, role, full_name, email or "", frozenset([unit.id] if unit else []))
        try:
            account, secret = accounts.add_user(
                db.session(), details, by=access.SYSTEM, at=clock.now(), password=password
            )
        except Refused as refused:
            raise Failure(str(refused)) from refused
        db.session.commit()
        click.echo(f"已新增账号 {account.name}（{account.role}）。", err=True)
    if password is None:
        click.echo(f"一次性密码（首次登录须更改）：{secret}")


# -- upkeep ----------------------------------------------------------------------------------------------------------


@cli.command()
def doctor() -> None:
    """Check the installation 检查运行环境."""
    from rectify.factory import create_app
    from rectify.upkeep import doctor as physician

    checks = physician.run(create_app())
    for check in checks:
        word = "异常" if not check.ok else "提醒" if check.warning else "正常"
        click.echo(f"{word}\t{check.name}\t{check.sentence}")
    if not all(check.ok for check in checks):
        raise Failure("有检查项不正常，请按上面的说明处理。")


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Back up database and files 备份."""
    from rectify.upkeep import backup as keeper

    try:
        click.echo(keeper.create(open_app(), file), err=True)
    except keeper.Refused as error:
        raise Failure(str(error)) from error


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
def restore(file: Path) -> None:
    """Restore a backup 恢复备份."""
    from rectify.factory import create_app
    from rectify.upkeep import backup as keeper

    try:
        click.echo(keeper.restore(create_app(), file), err=True)
    except keeper.Refused as error:
        raise Failure(str(error)) from error


@cli.command()
@click.option("--measures", type=click.IntRange(1000, 5_000_000), default=100_000)
@click.option("--database", "database_url", default=None, help="postgresql://… 默认临时的 SQLite。")
@click.option("--only", multiple=True, metavar="MARK", help="只测这一项（可重复），如 import。")
def bench(measures: int, database_url: str | None, only: tuple[str, ...]) -> None:
    """Build a synthetic ledger and print the ratios 性能比值."""
    from rectify.factory import create_app
    from rectify.upkeep import bench as bencher

    unknown = [name for name in only if name not in bencher.MARKS]
    if unknown:
        raise Failure(f"没有名为{'、'.join(unknown)}的比值，可选：{'、'.join(bencher.MARKS)}。")
    if not bencher.run(measures, database_url, sys.stdout, create_app, only):
        raise Failure("有比值未达到要求，见上表。")


# -- the face --------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; whatever goes wrong that a person can mend is one sentence on standard error."""
    os.umask(0o077)  # database, evidence and reports are for the account that runs the program
    try:
        result = cli.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.Abort:
        click.echo("已中止。", err=True)
        sys.exit(1)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else error.format_message())
        sys.exit(2)
    except click.ClickException as error:
        click.echo(error.format_message(), err=True)
        sys.exit(error.exit_code)
    except settings.BadSetting as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except Exception as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        click.echo(sentence, err=True)
        sys.exit(1)
    sys.exit(result if isinstance(result, int) else 0)


def _sentence(error: Exception) -> str | None:
    """What an error says to the person at the keyboard, None for a fault of ours, which rises with its trace."""
    from sqlalchemy.exc import OperationalError

    if isinstance(error, OperationalError):
        return f"数据库不可用：{error.orig}。请检查 RECTIFY_DATABASE_URL 和磁盘，或运行 rectify doctor。"
    if type(error).__name__ == "Refused":
        return str(error)
    return None


if __name__ == "__main__":
    main()
