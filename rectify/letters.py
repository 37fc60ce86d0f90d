"""Letters (提醒函、督办单、通报、约谈通知): written, numbered and issued by the office, received and answered by units.

A draft says what its places will be filled with and has no number; issuing it gives the next number of its kind and year
and keeps text and .docx as they are from then on. Answers are `answers`'. Each act checks the right, writes its rows
and, last, the trail; none commits.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, func, literal, or_, select, text, true
from sqlalchemy.orm import Session, aliased

from rectify import access, answers, calendar, files, models, records, standing, writing
from rectify.access.sentences import Refused
from rectify.answers import ANSWERS, acts_for, alone, check_due, check_length, check_past
from rectify.rules import letters as rule
from rectify.rules import numerals, schedule
from rectify.rules.verdicts import Verdict

MOST_ITEMS = 200
MOST_UNITS = 200
MOST_DAYS = 250
"""Working days that a template may give: a year."""
HOW = ("confidential", "messenger", "post", "fax", "other")
"""机要交换、专人送达、邮寄、传真、其他."""


# -- templates -------------------------------------------------------------------------------------------------------


def template(session: Session, kind: str) -> rule.Template:
    """How the office writes a kind of letter now."""
    row = session.get(models.LetterTemplate, kind)
    if row is None:
        return rule.DEFAULTS[kind]
    return rule.Template(
        kind, row.title, row.body, row.demand, row.number_form, row.reply_days, row.receipt_days, row.sender
    )


def save_template(
    session: Session,
    wanted: rule.Template,
    *,
    by: access.Person,
    first: tuple[int, int] | None = None,
    at: dt.datetime,
) -> None:
    """Change how a kind of letter is written; what was issued stays as it is.

    `first` is (year, number): the number with which that year begins, where letters before it were issued elsewhere.
    """
    _office(by)
    _one_at_a_time(session)
    _check_template(session, wanted)
    if first is not None:
        _check_first(session, wanted.kind, first)
    row = session.get(models.LetterTemplate, wanted.kind)
    before = template(session, wanted.kind)
    if row is None:
        row = models.LetterTemplate(kind=wanted.kind)
        session.add(row)
    for name in ("title", "body", "demand", "number_form", "reply_days", "receipt_days", "sender"):
        setattr(row, name, getattr(wanted, name))
    row.first_year, row.first_number = first or (None, None)
    session.flush()
    names = [name for name in wanted.__dataclass_fields__ if getattr(before, name) != getattr(wanted, name)]
    old, new = ({name: getattr(one, name) for name in names} for one in (before, wanted))
    records.write(
        session, by, at, "letter.template", "letter_template", kind=wanted.kind, old=old, new=new, first=first
    )


def _check_template(session: Session, wanted: rule.Template) -> None:
    if wanted.kind not in rule.KINDS:
        raise Refused("kind", "请选择函件的种类。")
    _check_text("title", wanted.title, rule.IN_TITLE)
    _check_text("body", wanted.body)
    _check_text("demand", wanted.demand, ())
    if not rule.fits_number(wanted.number_form):
        raise Refused("number_form", "文号应写明{年}和{号}各一次，例如“整改办提〔{年}〕{号}号”。")
    check_length("number_form", wanted.number_form, 60)
    check_length("sender", wanted.sender, 50)
    for kind in rule.KINDS:
        if kind != wanted.kind and template(session, kind).number_form == wanted.number_form:
            raise Refused(
                "number_form", "这个文号已用于“%(kind)s”，各种类的文号应有不同的字样。", kind=rule.KINDS[kind]
            )
    if not 1 <= wanted.receipt_days <= MOST_DAYS:
        raise Refused("receipt_days", "签收时限应为1到%(most)s个工作日。", most=MOST_DAYS)
    if wanted.reply_days is not None and not 1 <= wanted.reply_days <= MOST_DAYS:
        raise Refused("reply_days", "回复时限应为1到%(most)s个工作日，不要求回复的留空。", most=MOST_DAYS)


def _check_first(session: Session, kind: str, first: tuple[int, int]) -> None:
    year, number = first
    if not 1 <= number <= 99_999:
        raise Refused("first_number", "起始号应为1到99999之间的整数。")
    held = select(func.count()).where(models.Letter.kind == kind, models.Letter.year == year)
    before = session.get(models.LetterTemplate, kind)
    same = before is not None and (before.first_year, before.first_number) == first
    if session.scalar(held) and not same:
        raise Refused("first_number", "%(year)s年已发出过这种函件，起始号不能再改。", year=year)


def _check_text(field: str, said: str, known: Sequence[str] = rule.PLACES) -> None:
    """Unknown places are refused with what may stand there; 事项 and 要求 want a line of their own."""
    if field != "demand" and not said.strip():
        raise Refused(field, "不能为空，请填写。")
    check_length(field, said, 300 if field == "title" else 5000)
    wrong = rule.unknown(said, known)
    if wrong and not known:
        raise Refused(field, "这里不能使用{…}，请去掉“%(wrong)s”。", wrong="、".join(wrong))
    if wrong:
        raise Refused(
            field,
            "没有“%(wrong)s”这样的位置，可用的有：%(known)s。",
            wrong="、".join(wrong),
            known="".join(f"{{{name}}}" for name in known),
        )
    tight = rule.crowded(said)
    if tight:
        raise Refused(field, "{%(name)s}会展开成几段，请让它单独占一行。", name=tight[0])


# -- what it cites ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cited:
    """A measure or issue as it stands now, with what a letter says of it."""

    inspection_id: int
    issue_id: int
    measure_id: int | None
    item: rule.Item
    confidential: bool
    verdict: Verdict | None
    done: bool


def cite(
    session: Session,
    person: access.Person,
    measure_ids: Iterable[int],
    issue_ids: Iterable[int],
    day: dt.date,
) -> list[Cited]:
    """The items as the person may see them, in the order of the ledger. Refused where one is missing or not his."""
    measures, issues = list(dict.fromkeys(measure_ids)), list(dict.fromkeys(issue_ids))
    if not 1 <= len(measures) + len(issues) <= MOST_ITEMS:
        raise Refused("items", "请选择1到%(most)s项问题或措施。", most=MOST_ITEMS)
    found = [*_measures(session, person, measures, day), *_issues(session, person, issues, day)]
    if len(found) != len(measures) + len(issues):
        missing = len(measures) + len(issues) - len(found)
        raise Refused("items", "有%(count)s项问题或措施已不在台账中，请返回重新选择。", count=missing)
    return [cited for _, cited in sorted(found, key=lambda pair: pair[0])]


Placed = tuple[tuple[int, ...], Cited]


def _measures(session: Session, person: access.Person, ids: list[int], day: dt.date) -> list[Placed]:
    m, s, link, issue, of = (
        models.Measure,
        models.MeasureStanding,
        models.MeasureLink,
        models.Issue,
        models.Inspection,
    )
    query = (
        select(m, s, link, issue, of)
        .select_from(m)
        .join(link, access.named_by(person, link))
        .join(issue, issue.id == link.issue_id)
        .join(of, of.id == issue.inspection_id)
        .outerjoin(s, and_(s.measure_id == m.id, standing.on(s, day)))
        .where(m.id.in_(ids), access.sees_measures(person, day))
    )
    return [
        _cited(of, issue, measure.id, numerals.cite(issue.number, link.number), measure.text, row, day, link.seq)
        for measure, row, link, issue, of in (session.execute(query).tuples() if ids else ())
    ]


def _issues(session: Session, person: access.Person, ids: list[int], day: dt.date) -> list[Placed]:
    s, issue, of = models.IssueStanding, models.Issue, models.Inspection
    query = (
        select(issue, s, of)
        .select_from(issue)
        .join(of, of.id == issue.inspection_id)
        .outerjoin(s, and_(s.issue_id == issue.id, standing.on(s, day)))
        .where(issue.id.in_(ids), access.sees_issues(person, day))
    )
    return [
        _cited(of, issue, None, issue.number, issue.text, row, day, 0)
        for issue, row, of in (session.execute(query).tuples() if ids else ())
    ]


def _cited(
    of: models.Inspection,
    issue: models.Issue,
    measure_id: int | None,
    number: str,
    said: str,
    row: Any,
    day: dt.date,
    seq: int,
) -> Placed:
    verdict = schedule.verdict(row, day) if row is not None else None
    limit = (row.deadline_on, row.original_deadline_on) if row is not None else (None, None)
    return (
        (of.sort, of.id, issue.seq, seq, measure_id or 0),
        Cited(
            of.id,
            issue.id,
            measure_id,
            rule.Item(number, of.name, said, *limit),
            of.confidential,
            verdict,
            verdict in (Verdict.SIGNED_OFF, Verdict.COMPLETED),
        ),
    )


def answering(session: Session, cited: Sequence[Cited], day: dt.date) -> list[models.Unit]:
    """The units that answer for the items, to whom a letter about them is addressed unless the office says otherwise."""
    about = [(one.issue_id, one.measure_id) for one in cited]
    part, unit = models.Assignment, models.Unit
    query = select(unit).where(
        exists().where(part.unit_id == unit.id, part.answers, answers.part_in(about, day)), unit.active
    )
    return list(session.scalars(query.order_by(unit.sort, unit.id)))


def _check_confidential(session: Session, cited: Sequence[Cited], unit_ids: Sequence[int], day: dt.date) -> None:
    """What is confidential goes in a letter of its own, to units that have a part in every item of it or stand above
    such a unit."""
    if not any(one.confidential for one in cited):
        return
    if len({one.inspection_id for one in cited}) > 1:
        raise Refused("items", "保密批次的事项不能与其他批次的事项写在同一份函件中，请分别拟函。")
    about = [(one.issue_id, one.measure_id) for one in cited]
    strangers = answers.without_part(session, about, unit_ids, day)
    if strangers:
        name = session.get_one(models.Unit, strangers[0]).name
        raise Refused("units", "这些事项属于保密批次，“%(unit)s”没有承担其中的全部事项，不能发给它。", unit=name)


# -- drafting --------------------------------------------------------------------------------------------------------


def draft(
    session: Session,
    by: access.Person,
    kind: str,
    unit_ids: Sequence[int],
    measure_ids: Sequence[int] = (),
    issue_ids: Sequence[int] = (),
    *,
    demand: str = "",
    signer: str = "",
    reply_on: dt.date | None = None,
    made_for: str | None = None,
    day: dt.date,
    at: dt.datetime,
) -> models.Letter:
    """A draft of a kind, written by its template; it has no number and nobody but the office sees it.

    The ladder drafts as `access.SYSTEM` and says in `made_for` what for: asked twice for the same, the first one is
    given back. An empty demand is the template's, a missing reply day is counted from `day` by the template.
    """
    if by.user_id is not None:
        _office(by)
    if kind not in rule.KINDS:
        raise Refused("kind", "请选择函件的种类。")
    if made_for is not None:
        _one_at_a_time(session)
        made = session.scalars(select(models.Letter).where(models.Letter.made_for == made_for)).one_or_none()
        if made is not None:
            return made
    how = template(session, kind)
    letter = models.Letter(
        kind=kind,
        title=how.title,
        body=how.body,
        demand=demand or how.demand,
        signer=signer,
        reply_on=reply_on or rule.due(calendar.load(session), day, how.reply_days),
        made_for=made_for,
        drafted_on=day,
        drafted_at=at,
        drafted_by_id=by.user_id,
    )
    session.add(letter)
    _address(session, letter, by, unit_ids, measure_ids, issue_ids, day)
    _check_draft(session, letter, day)
    session.flush()
    records.write(session, by, at, "letter.draft", "letter", letter.id, kind=kind, made_for=made_for or "")
    return letter


def change(
    session: Session,
    letter: models.Letter,
    *,
    by: access.Person,
    unit_ids: Sequence[int],
    measure_ids: Sequence[int],
    issue_ids: Sequence[int] = (),
    title: str,
    body: str,
    demand: str,
    signer: str,
    reply_on: dt.date | None,
    day: dt.date,
    at: dt.datetime,
) -> None:
    """Change a draft. Title and body name places as the template does, for this letter alone."""
    _draft_of_office(letter, by)
    letter.title, letter.body, letter.demand = title.strip(), body.strip(), demand.strip()
    letter.signer, letter.reply_on = signer.strip(), reply_on
    _address(session, letter, by, unit_ids, measure_ids, issue_ids, day)
    _check_draft(session, letter, day)
    session.flush()
    records.write(session, by, at, "letter.change", "letter", letter.id)


def discard(session: Session, letter: models.Letter, *, by: access.Person, day: dt.date, at: dt.datetime) -> None:
    """Throw a draft away; it never had a number. One that the ladder made stays, void, so that it is not made again."""
    _draft_of_office(letter, by)
    letter_id, kind, made_for = letter.id, letter.kind, letter.made_for
    if made_for is not None:
        letter.voided_on, letter.voided_at, letter.voided_by_id = day, at, by.user_id
    else:
        _clear(session, letter)
        session.delete(letter)
    session.flush()
    records.write(session, by, at, "letter.discard", "letter", letter_id, kind=kind, made_for=made_for or "")


def _address(
    session: Session,
    letter: models.Letter,
    by: access.Person,
    unit_ids: Sequence[int],
    measure_ids: Sequence[int],
    issue_ids: Sequence[int],
    day: dt.date,
) -> None:
    """To whom and about what: the rows of a draft are written anew."""
    wanted = list(dict.fromkeys(unit_ids))
    if not 1 <= len(wanted) <= MOST_UNITS:
        raise Refused("units", "请填写1到%(most)s个收文单位。", most=MOST_UNITS)
    with session.no_autoflush:
        names = {unit.id: unit.name for unit in session.scalars(select(models.Unit).where(models.Unit.id.in_(wanted)))}
        if len(names) != len(wanted):
            raise Refused("units", "有收文单位已不存在，请重新填写。")
        cited = cite(session, by, measure_ids, issue_ids, day)
        _check_confidential(session, cited, wanted, day)
    session.flush()
    _clear(session, letter)
    letter.units.extend(models.LetterUnit(unit_id=unit_id, name=names[unit_id]) for unit_id in wanted)
    letter.items.extend(_item(one) for one in cited)
    session.flush()


def _clear(session: Session, letter: models.Letter) -> None:
    for row in (*letter.items, *letter.units):
        session.delete(row)
    session.flush()
    session.expire(letter, ["items", "units"])


def _item(cited: Cited) -> models.LetterItem:
    return models.LetterItem(
        inspection_id=cited.inspection_id,
        issue_id=cited.issue_id,
        measure_id=cited.measure_id,
        number=cited.item.number,
        inspection=cited.item.inspection,
        text=cited.item.text,
        deadline_on=cited.item.deadline_on,
        original_on=cited.item.original_on,
    )


def _check_draft(session: Session, letter: models.Letter, day: dt.date) -> None:
    _check_text("title", letter.title, rule.IN_TITLE)
    _check_text("body", letter.body)
    _check_text("demand", letter.demand, ())
    check_length("signer", letter.signer, 50)
    if letter.reply_on is not None:
        check_due(session, "reply_on", letter.reply_on, day)
    elif "回复日期" in rule.places(letter.body):
        raise Refused("reply_on", "正文中有{回复日期}，请填写回复时限，或从正文中去掉。")


def _draft_of_office(letter: models.Letter, by: access.Person) -> None:
    _office(by)
    if letter.issued_on is not None:
        raise Refused("", "%(number)s已发出，不能再改；有错的请作废后另发。", number=letter.number_text)
    if letter.voided_on is not None:
        raise Refused("", "这份草稿已不采用，不能再改。")


def _office(by: access.Person) -> None:
    if by.role != "office":
        raise Refused("", "只有整改办可以拟发函件。")


# -- issuing ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Preview:
    """A draft as it would be issued on a day: the paper without its number, its items as they stand, what is missing."""

    paper: writing.Paper
    cited: list[Cited]
    receipt_on: dt.date
    faults: list[Refused]

    @property
    def seen(self) -> str:
        """Names exactly this text; the number, which another letter may take meanwhile, is not in it."""
        return hashlib.sha256(self.paper.text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def preview(session: Session, letter: models.Letter, by: access.Person, day: dt.date) -> Preview:
    """What a draft would say if it were issued today, and what stands against that."""
    faults: list[Refused] = []
    cited = [_kept(item) for item in letter.items]
    try:
        cited = _recited(session, letter, by, day)
        _check_confidential(session, cited, [unit.unit_id for unit in letter.units], day)
    except Refused as refused:
        faults.append(refused)
    try:
        _check_draft(session, letter, day)
        _check_signer(letter)
    except Refused as refused:
        faults.append(refused)
    how = template(session, letter.kind)
    receipt_on = rule.due(calendar.load(session), day, how.receipt_days)
    assert receipt_on is not None
    sender = how.sender or own_name(session)
    return Preview(_paper(letter, cited, sender, "", receipt_on, day), cited, receipt_on, faults)


def issue(
    session: Session,
    letter: models.Letter,
    *,
    by: access.Person,
    data_dir: Path,
    seen: str = "",
    day: dt.date,
    at: dt.datetime,
) -> models.Letter:
    """Give a draft the next number of its kind in the year, and keep it as it is from now on.

    `seen` is the preview that was read: another text is refused. Of two at once one waits for the other, so that no
    number is given twice and none is left out. Text and .docx are made in this transaction; the file is on the disk
    before the row names it.
    """
    _office(by)
    _one_at_a_time(session)
    session.refresh(letter)
    _draft_of_office(letter, by)
    shown = preview(session, letter, by, day)
    if shown.faults:
        raise shown.faults[0]
    if seen and seen != shown.seen:
        raise Refused("", "打开本页以后内容有变动，没有发出。请按下面的最新内容核对后再发。")
    number, number_text = _next_number(session, letter.kind, day.year)
    paper = _paper(letter, shown.cited, shown.paper.sender, number_text, shown.receipt_on, day)
    sha256, size = files.store(data_dir, io.BytesIO(writing.letter_docx(paper, at)))
    for item, cited in zip(letter.items, shown.cited, strict=True):
        item.number, item.inspection, item.text = cited.item.number, cited.item.inspection, cited.item.text
        item.deadline_on, item.original_on = cited.item.deadline_on, cited.item.original_on
    for unit in letter.units:
        unit.name, unit.due_on = unit.unit.name, letter.reply_on
    session.flush()  # its parts first: they are kept from the moment the letter is
    letter.year, letter.number, letter.number_text = day.year, number, number_text
    letter.title, letter.sender, letter.text = paper.title, paper.sender, paper.text
    letter.sha256, letter.size, letter.receipt_on = sha256, size, shown.receipt_on
    letter.issued_on, letter.issued_at, letter.issued_by_id = day, at, by.user_id
    session.flush()
    records.write(
        session,
        by,
        at,
        "letter.issue",
        "letter",
        letter.id,
        number=number_text,
        units=[unit.name for unit in letter.units],
        due=letter.reply_on,
        sha256=sha256,
    )
    return letter


def void(
    session: Session, letter: models.Letter, *, by: access.Person, reason: str, day: dt.date, at: dt.datetime
) -> None:
    """Declare an issued letter void (作废). It keeps its number and its text; nothing more is asked of its units."""
    _office(by)
    session.refresh(letter, with_for_update=True)
    if letter.issued_on is None:
        raise Refused("", "草稿没有文号，不需要作废，可以直接删除。")
    if letter.voided_on is not None:
        raise Refused("", "%(number)s已经作废。", number=letter.number_text)
    if not reason.strip():
        raise Refused("reason", "请写明作废的原因。")
    check_length("reason", reason)
    letter.voided_on, letter.voided_at, letter.voided_by_id = day, at, by.user_id
    letter.void_reason = reason.strip()
    session.flush()
    records.write(session, by, at, "letter.void", "letter", letter.id, number=letter.number_text, reason=reason.strip())


def _recited(session: Session, letter: models.Letter, by: access.Person, day: dt.date) -> list[Cited]:
    """The items of a draft as they stand now, in the order of its rows."""
    held = letter.items
    now = cite(
        session,
        by,
        [item.measure_id for item in held if item.measure_id is not None],
        [item.issue_id for item in held if item.measure_id is None],
        day,
    )
    found = {(one.measure_id, one.measure_id or one.issue_id): one for one in now}
    return [found[item.measure_id, item.measure_id or item.issue_id] for item in held]


def _kept(item: models.LetterItem) -> Cited:
    said = rule.Item(item.number, item.inspection, item.text, item.deadline_on, item.original_on)
    return Cited(item.inspection_id, item.issue_id, item.measure_id, said, False, None, False)


def _check_signer(letter: models.Letter) -> None:
    if not letter.signer:
        raise Refused("signer", "请填写签发人。")


def _paper(
    letter: models.Letter, cited: Sequence[Cited], sender: str, number: str, receipt_on: dt.date, day: dt.date
) -> writing.Paper:
    units = [unit.name for unit in letter.units]
    values = rule.values(
        units=units,
        items=[one.item for one in cited],
        demand=letter.demand,
        reply_on=letter.reply_on,
        receipt_on=receipt_on,
        number=number,
        sender=sender,
        day=day,
        signer=letter.signer,
    )
    title = "".join(rule.fill(letter.title, values))
    return writing.Paper(sender, number, title, "、".join(units), tuple(rule.fill(letter.body, values)), day)


def own_name(session: Session) -> str:
    """The name of the rectification office, under which letters go out unless a template says otherwise."""
    office = select(models.Unit.name).where(models.Unit.is_office).order_by(models.Unit.id).limit(1)
    return session.scalar(office) or "整改办"


def _next_number(session: Session, kind: str, year: int) -> tuple[int, str]:
    last = session.scalar(
        select(func.max(models.Letter.number)).where(models.Letter.kind == kind, models.Letter.year == year)
    )
    row = session.get(models.LetterTemplate, kind)
    first = row.first_number if row is not None and row.first_year == year and row.first_number else 1
    number = first if last is None else last + 1
    number_text = rule.numbered(template(session, kind).number_form, year, number)
    if session.scalar(select(models.Letter.id).where(models.Letter.number_text == number_text)) is not None:
        raise Refused("", "文号%(number)s已用于另一份函件，请先在“函件模板”中更改文号字样。", number=number_text)
    return number, number_text


def _one_at_a_time(session: Session) -> None:
    """On SQLite a writing transaction is alone anyway; PostgreSQL is asked for a lock that the commit gives back."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('rectify.letter'))"))


# -- sent and received -----------------------------------------------------------------------------------------------


def send(
    session: Session,
    unit: models.LetterUnit,
    *,
    by: access.Person,
    how: str,
    sent_by: str,
    note: str = "",
    on: dt.date | None,
    day: dt.date,
    at: dt.datetime,
) -> None:
    """Record that a letter went to a unit on paper: on which day, how, by whom."""
    _office(by)
    issued_on = _in_force(unit)
    if how not in HOW:
        raise Refused("how", "请选择送达方式。")
    if not sent_by.strip():
        raise Refused("sent_by", "请填写经办人。")
    check_length("sent_by", sent_by, 50)
    check_length("note", note, 300)
    sent_on = check_past(on, issued_on, day)
    session.add(
        models.LetterSending(
            letter_unit_id=unit.id,
            sent_on=sent_on,
            how=how,
            sent_by=sent_by.strip(),
            note=note.strip(),
            at=at,
            by_id=by.user_id,
        )
    )
    records.write(session, by, at, "letter.send", "letter", unit.letter_id, unit=unit.name, how=how, on=sent_on)


def receive(
    session: Session,
    unit: models.LetterUnit,
    *,
    by: access.Person,
    name: str = "",
    on: dt.date | None = None,
    day: dt.date,
    at: dt.datetime,
) -> None:
    """A unit received its letter (签收): its own account says so, or the office records day and name from the paper."""
    paper = by.role == "office"
    if not paper and not acts_for(by, unit):
        raise Refused("", "只有收文单位的账号可以签收。")
    alone(session, unit)
    issued_on = _in_force(unit)
    if unit.received_on is not None:
        raise Refused("", "“%(unit)s”已于%(day)s签收。", unit=unit.name, day=unit.received_on)
    if paper and not name.strip():
        raise Refused("name", "请填写签收人。")
    check_length("name", name, 50)
    unit.received_on = check_past(on, issued_on, day) if paper else day
    unit.received_at, unit.received_by_id, unit.received_on_paper = at, by.user_id, paper
    unit.received_name = name.strip() if paper else (by.full_name or by.user_name)
    session.flush()
    records.write(
        session, by, at, "letter.receive", "letter", unit.letter_id, unit=unit.name, on=unit.received_on, paper=paper
    )


def check_answerable(unit: models.LetterUnit) -> dt.date:
    """Whether a letter still asks its unit for a reply; the day it was received on, before which none can have come."""
    _in_force(unit)
    if unit.due_on is None:
        raise Refused("", "这份函件不要求回复。")
    if unit.received_on is None:
        raise Refused("", "请先签收，再回复。")
    return unit.received_on


def _in_force(unit: models.LetterUnit) -> dt.date:
    """The day on which its letter was issued. Refused for a draft and for what is void."""
    letter = unit.letter
    if letter.issued_on is None:
        raise Refused("", "这份函件还没有发出。")
    if letter.voided_on is not None:
        raise Refused("", "%(number)s已作废，不需要办理。", number=letter.number_text)
    return letter.issued_on


# -- who sees it, and where it stands --------------------------------------------------------------------------------

_letter, _unit = models.Letter, models.LetterUnit


def sees(person: access.Person) -> ColumnElement[bool]:
    """The condition on Letter under which a person sees it: none about an inspection hidden from him; drafts are the
    office's alone, leaders see what was issued, units what was issued to them or to a unit below them."""
    if person.sees_everything:
        return true()
    item = aliased(models.LetterItem)
    hidden = exists().where(item.letter_id == _letter.id, item.inspection_id.in_(sorted(person.hidden_ids)))
    open_to_him = ~hidden if person.hidden_ids else true()
    if person.role == "office":
        return open_to_him
    issued = and_(open_to_him, _letter.issued_on.is_not(None))
    if person.role == "leader":
        return issued
    if person.role in ANSWERS:
        mine = aliased(_unit)
        return and_(issued, exists().where(mine.letter_id == _letter.id, mine.unit_id.in_(sorted(person.tree_ids))))
    return false()


def visible(session: Session, person: access.Person, letter_id: int) -> models.Letter | None:
    """The letter, None where it does not exist or is not his to see."""
    if not 0 < letter_id < 2**31:
        return None
    return session.scalars(select(_letter).where(_letter.id == letter_id, sees(person))).one_or_none()


def units_of(person: access.Person, letter: models.Letter) -> list[models.LetterUnit]:
    """The units of a letter that a person may see: all, or for a unit those of its own tree."""
    if person.sees_everything or person.role in access.rows.READS_ALL:
        return list(letter.units)
    return [unit for unit in letter.units if unit.unit_id in person.tree_ids]


def state(letter: models.Letter, units: Sequence[models.LetterUnit], day: dt.date) -> str:
    """Where a letter stands with these of its units."""
    return rule.state(
        units, letter.receipt_on, day, issued=letter.issued_on is not None, void=letter.voided_on is not None
    )


def _state(person: access.Person, day: dt.date) -> ColumnElement[str]:
    """`rules.letters.state` in SQL, over the units that the person may see."""
    unit = aliased(_unit)
    own = (
        true()
        if person.sees_everything or person.role in access.rows.READS_ALL
        else unit.unit_id.in_(sorted(person.tree_ids))
    )
    waits = (unit.letter_id == _letter.id, own, unit.closed_on.is_(None))
    silent = (*waits, unit.answered_on.is_(None))
    in_time = or_(unit.due_on.is_(None), unit.due_on >= day)
    unseen = (*silent, in_time, unit.received_on.is_(None))
    return case(
        (_letter.voided_on.is_not(None), literal("void")),
        (_letter.issued_on.is_(None), literal("draft")),
        (exists().where(*silent, unit.due_on < day), literal("overdue")),
        (exists().where(*unseen, _letter.receipt_on < day), literal("late_receipt")),
        (exists().where(*unseen), literal("unreceived")),
        (exists().where(*silent, unit.due_on.is_not(None)), literal("unanswered")),
        (exists().where(*waits, unit.answered_on.is_not(None)), literal("answered")),
        else_=literal("closed"),
    )


def counts(session: Session, person: access.Person, day: dt.date) -> dict[str, int]:
    """How many letters the person sees in each state; the rows behind each are `rows`'."""
    states = select(_state(person, day).label("state")).where(sees(person)).subquery()
    found = dict(session.execute(select(states.c.state, func.count()).group_by(states.c.state)).tuples().all())
    return {name: found.get(name, 0) for name in rule.STATES}


def rows(
    session: Session,
    person: access.Person,
    day: dt.date,
    *,
    states: Sequence[str] = (),
    kind: str = "",
    before: int | None = None,
    limit: int,
) -> list[tuple[models.Letter, str]]:
    """The letters a person sees, the last drafted first, each with its state; of these states only, where any is named."""
    now = _state(person, day)
    query = select(_letter, now).where(sees(person))
    if states:
        query = query.where(now.in_(states))
    if kind:
        query = query.where(_letter.kind == kind)
    if before is not None:
        query = query.where(_letter.id < before)
    return list(session.execute(query.order_by(_letter.id.desc()).limit(limit)).tuples())


@dataclass(frozen=True)
class Owed:
    """A unit that owes receipt or reply: `due_on` and `receipt_on` are the last days in time."""

    letter_id: int
    number: str
    kind: str
    unit_id: int
    measure_ids: tuple[int, ...]
    inspection_ids: tuple[int, ...]
    since_on: dt.date
    received_on: dt.date | None
    receipt_on: dt.date | None
    due_on: dt.date | None
    state: str


def owed(session: Session, day: dt.date) -> list[Owed]:
    """All that units owe to issued letters on a day, receipt or reply, the earliest due first."""
    query = (
        select(_unit, _letter)
        .join(_letter, _letter.id == _unit.letter_id)
        .where(
            _letter.issued_on <= day,
            _letter.voided_on.is_(None),
            _unit.closed_on.is_(None),
            _unit.answered_on.is_(None),
            or_(_unit.received_on.is_(None), _unit.due_on.is_not(None)),
        )
        .order_by(func.coalesce(_unit.due_on, _letter.receipt_on), _unit.id)
    )
    found = session.execute(query).tuples().all()
    about: dict[int, list[models.LetterItem]] = {}
    ids = sorted({letter.id for _, letter in found})
    for start in range(0, len(ids), 2000):
        some = ids[start : start + 2000]
        item = models.LetterItem
        for row in session.scalars(select(item).where(item.letter_id.in_(some)).order_by(item.id)):
            about.setdefault(row.letter_id, []).append(row)
    return [
        Owed(
            letter.id,
            letter.number_text or "",
            letter.kind,
            unit.unit_id,
            tuple(item.measure_id for item in about[letter.id] if item.measure_id is not None),
            tuple(dict.fromkeys(item.inspection_id for item in about[letter.id])),
            letter.issued_on or day,
            unit.received_on,
            letter.receipt_on,
            unit.due_on,
            rule.state_of(unit, letter.receipt_on, day),
        )
        for unit, letter in found
    ]
