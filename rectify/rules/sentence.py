"""Figures → the sentences of the work report (domain.md c.2, c.3), claiming only what the figures hold.

A sentence comes in segments, so that each figure can lead to its rows. What may not be claimed is said otherwise, with
the reason; figures whose sums do not close give no sentence at all. How figures are counted is `figures`'.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from . import ratios, verdicts
from .verdicts import Verdict

MEASURES = "measures"
ISSUES = "issues"


@dataclass(frozen=True)
class Figures:
    """The object F of `rectify figures` (design.md 8). The nine verdicts are disjoint; their sum is `total`."""

    total: int = 0
    signed_off: int = 0
    completed: int = 0
    basically_completed: int = 0
    overdue: int = 0
    behind: int = 0
    not_started: int = 0
    unreported: int = 0
    long_term: int = 0
    on_schedule: int = 0
    done: int = 0
    due_this_year: int = 0
    due_this_year_done: int = 0
    due_this_year_left: int = 0
    overdue_earlier_years: int = 0
    on_schedule_unreported: int = 0
    long_term_flag: int = 0

    def as_dict(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in FIGURES}

    def __add__(self, other: Figures) -> Figures:
        return Figures(**{name: getattr(self, name) + getattr(other, name) for name in FIGURES})


FIGURES = tuple(field_.name for field_ in fields(Figures))
"""The names of all figures; each opens its rows."""


@dataclass(frozen=True)
class Counts(Figures):
    """What is counted of an inspection's issues or measures on a day: F, and what a sentence needs beside it.

    Beside F: how many are `shared` with other inspections, and how many rest on a correction (`corrected`).
    `left` says which verdicts make up `due_this_year_left` (name → count, with `on_schedule_unreported` as in F);
    without it the rest of the year is taken to hold whatever adverse there is anywhere.
    """

    shared: int = 0
    corrected: int = 0
    left: dict[str, int] | None = None
    on_time: ratios.OnTime = ratios.OnTime()

    def of(self, verdict: Verdict) -> int:
        return int(getattr(self, verdict.value))

    @property
    def open(self) -> int:
        """What is not done: all the rest."""
        return self.total - self.done

    @property
    def adverse(self) -> int:
        return sum(self.of(verdict) for verdict in verdicts.ADVERSE)


@dataclass(frozen=True)
class Subject:
    """An inspection as the report speaks of it. `form` full, short or tail; `key` is its id, for the links."""

    key: int
    name: str
    issues: Counts
    measures: Counts
    form: str = "full"
    plan_name: str = ""
    found_word: str = "反馈问题"
    issue_word: str = "项"
    measure_word: str = "条"
    basically_counts_as_done: bool = False
    long_term_counts_as_done: bool = False


@dataclass(frozen=True)
class Wording:
    """What differs from place to place. `rest`: the remaining R is this_year's (Y−y) or all (M−m)."""

    place: str = "我市"
    schedule: str = "序时"
    rest: str = "this_year"
    rate: bool = False
    decimals: int = 1


@dataclass(frozen=True)
class Segment:
    """A piece of text, or a figure: `figure` names it as `figures` does, `key` the inspection, `counted` of what."""

    text: str
    figure: str = ""
    value: int | None = None
    key: int | None = None
    counted: str = ""


@dataclass(frozen=True)
class Reason:
    """Why something is not claimed (`refused` False) or why there is no sentence at all (True)."""

    code: str
    refused: bool
    key: int | None = None
    values: dict[str, Any] = field(default_factory=dict)

    def text(self, english: bool = False) -> str:
        return REASONS[self.code][1 if english else 0].format(**self.values)


@dataclass(frozen=True)
class Report:
    """The sentences, each a run of segments; none where one of the reasons is a refusal."""

    sentences: tuple[tuple[Segment, ...], ...]
    reasons: tuple[Reason, ...]

    @property
    def refused(self) -> bool:
        return any(reason.refused for reason in self.reasons)

    @property
    def text(self) -> str:
        """All sentences as one paragraph."""
        return "".join(segment.text for sentence in self.sentences for segment in sentence)


REASONS: dict[str, tuple[str, str]] = {
    "nothing": (
        "没有可以写入报告的批次，请先导入方案，或另选批次和日期。",
        "There is no inspection to report on; import a plan or choose others.",
    ),
    "empty": (
        "“{name}”在该日没有问题和措施，未写入报告。",
        "“{name}” has neither issues nor measures on that day and is left out.",
    ),
    "verdicts": (
        "“{name}”的{what}：各类状态合计{sum}，与总数{total}不符，不能生成报告。请运行数据核对后再试。",
        "“{name}”, {what_english}: the verdicts add up to {sum}, not to {total}; no report until they agree.",
    ),
    "done": (
        "“{name}”的{what}：完成{done}，与已销号、已完成{also}之和{sum}不符，不能生成报告。",
        "“{name}”, {what_english}: done is {done}, but its parts add up to {sum}; no report until they agree.",
    ),
    "year": (
        "“{name}”的{what}：今年应完成{due}、已完成{due_done}、剩余{due_left}，三者不能相互印证，不能生成报告。",
        "“{name}”, {what_english}: due this year {due}, done {due_done} and left {due_left} do not agree; no report.",
    ),
    "parts": (
        "“{name}”的{what}：“{part_word}”{part}多于“{whole_word}”{whole}，不能生成报告。",
        "“{name}”, {what_english}: {part_name} ({part}) exceeds {whole_name} ({whole}); no report until they agree.",
    ),
    "on_schedule": (
        "“{name}”未写“剩余{rest}{word}达到{schedule}进度”：其中{found}。",
        "“{name}”: not claimed that the remaining {rest} are on schedule: {found_english}.",
    ),
    "all_done": (
        "“{name}”未写“全部整改完成”：尚有{open}{word}未完成。",
        "“{name}”: not claimed that all is rectified: {open} are open.",
    ),
    "orderly": (
        "“{name}”未写“按照时间节点有序推进”：其中{found}。",
        "“{name}”: not claimed that it proceeds by its time points: {found_english}.",
    ),
    "earlier_years": (
        "“{name}”有{count}{word}应于以前年度完成，至今未完成，已在报告中写明。",
        "“{name}”: {count} were due in earlier years and are still open; the report says so.",
    ),
    "shared": (
        "“{name}”的措施中，{count}{word}是与其他批次共有的共同措施，在各批次分别计数；各批次的措施数不宜直接相加。",
        "“{name}”: {count} of its measures are shared with other inspections and counted in each; do not add them up.",
    ),
    "corrected": (
        "“{name}”的数字中，{found}依据更正后的情况计算（台账中标有“更正”）。",
        "“{name}”: {found_english} counted by what was corrected since (marked 更正 in the ledger).",
    ),
}
"""Why not, by code: Chinese, English."""

_WHAT = {ISSUES: ("问题", "issues"), MEASURES: ("措施", "measures")}
_FIGURE_WORDS = {verdict.value: verdicts.word(verdict) for verdict in Verdict} | {
    "total": "总数",
    "done": "完成",
    "due_this_year": "今年应完成",
    "due_this_year_done": "今年应完成中已完成",
    "overdue_earlier_years": "以前年度到期未完成",
    "open": "未完成",
    "on_schedule_unreported": "未经填报",
    "long_term_flag": "带长期坚持标记",
}
"""A verdict's word is `verdicts`'; beside those, the sums."""
_OPEN_ORDER = (
    Verdict.BASICALLY_COMPLETED,
    Verdict.ON_SCHEDULE,
    Verdict.BEHIND,
    Verdict.OVERDUE,
    Verdict.NOT_STARTED,
    Verdict.UNREPORTED,
    Verdict.LONG_TERM,
)
"""The order in which a split form names what is not done."""


def write(subjects: Sequence[Subject], day: dt.date, wording: Wording = Wording()) -> Report:  # noqa: B008
    """The report of these inspections as of `day`, in their order, those of form tail together at the end.

    Sums are checked first: one that does not close refuses the whole (domain.md c.4). Claims that do not hold are
    replaced by the split form, with the reason.
    """
    refusals = [reason for subject in subjects for reason in check(subject)]
    if refusals:
        return Report((), tuple(refusals))
    reasons = [
        Reason("empty", False, subject.key, {"name": subject.name})
        for subject in subjects
        if not subject.issues.total and not subject.measures.total
    ]
    present = [subject for subject in subjects if subject.issues.total or subject.measures.total]
    if not present:
        return Report((), (Reason("nothing", True), *reasons))
    sentences: list[tuple[Segment, ...]] = []
    for subject in present:
        if subject.form != "tail":
            said, why = _counted(subject, wording)
            sentences.append(tuple(said))
            reasons += why
    tails = [subject for subject in present if subject.form == "tail"]
    if tails:
        said, why = _tail(tails, wording)
        sentences.append(tuple(said))
        reasons += why
    opening = Segment(f"截至{day.year}年{day.month}月{day.day}日，")
    sentences[0] = (opening, *sentences[0])
    reasons += [reason for subject in present for reason in _aside(subject)]
    return Report(tuple(tuple(_merged(sentence)) for sentence in sentences), tuple(reasons))


def _aside(subject: Subject) -> list[Reason]:
    """What is to be known of the figures of an inspection beside them: shared with others, resting on corrections."""
    found: list[Reason] = []
    if subject.measures.shared:
        values = {"name": subject.name, "count": subject.measures.shared, "word": subject.measure_word}
        found.append(Reason("shared", False, subject.key, values))
    parts = [
        (subject.issues.corrected, f"{subject.issue_word}问题", "issue"),
        (subject.measures.corrected, f"{subject.measure_word}措施", "measure"),
    ]
    parts = [part for part in parts if part[0]]
    if parts:
        values = {
            "name": subject.name,
            "found": "、".join(f"{n}{word}" for n, word, _ in parts),
            "found_english": " and ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, _, word in parts)
            + (" is" if sum(n for n, _, _ in parts) == 1 else " are"),
        }
        found.append(Reason("corrected", False, subject.key, values))
    return found


def check(subject: Subject) -> list[Reason]:
    """The sums that do not close, each a refusal."""
    found: list[Reason] = []
    for counted, counts in ((ISSUES, subject.issues), (MEASURES, subject.measures)):
        chinese, english = _WHAT[counted]
        base: dict[str, Any] = {"name": subject.name, "what": chinese, "what_english": english}

        def refuse(code: str, base: dict[str, Any] = base, **values: Any) -> None:
            found.append(Reason(code, True, subject.key, {**base, **values}))

        together = sum(counts.of(verdict) for verdict in Verdict)
        if together != counts.total:
            refuse("verdicts", sum=together, total=counts.total)
        also = verdicts.also_done(subject)
        good = sum(counts.of(verdict) for verdict in (*verdicts.GOOD, *also))
        if good != counts.done:
            refuse("done", sum=good, done=counts.done, also="".join(f"、{verdicts.word(one)}" for one in also))
        year: dict[str, Any] = {
            "due": counts.due_this_year,
            "due_done": counts.due_this_year_done,
            "due_left": counts.due_this_year_left,
        }
        if year["due"] - year["due_done"] != year["due_left"] or year["due_left"] < 0:
            refuse("year", **year)
        if counts.left is not None:
            parts = sum(n for name, n in counts.left.items() if name != "on_schedule_unreported")
            if parts != counts.due_this_year_left:
                refuse("verdicts", sum=parts, total=counts.due_this_year_left)
        for part, whole in (
            ("due_this_year", "total"),
            ("due_this_year_done", "done"),
            ("overdue_earlier_years", "open"),
            ("on_schedule_unreported", "on_schedule"),
            ("long_term", "long_term_flag"),
        ):
            if getattr(counts, part) > getattr(counts, whole):
                refuse(
                    "parts",
                    part=getattr(counts, part),
                    whole=getattr(counts, whole),
                    part_word=_FIGURE_WORDS[part],
                    whole_word=_FIGURE_WORDS[whole],
                    part_name=part,
                    whole_name=whole,
                )
    return found


# -- the sentence of one inspection -----------------------------------------------------------------------------------


def _counted(subject: Subject, wording: Wording) -> tuple[list[Segment], list[Reason]]:
    """涉及我市的36项问题94条整改措施，目前完成28项问题80条，今年应完成20条，已完成12条，剩余8条达到序时进度。"""
    counted, counts, word = _main(subject)
    reasons: list[Reason] = []
    said = [Segment(_about(subject)), *_involved(subject, wording), Segment("，")]
    if subject.issues.open == 0 and subject.measures.open == 0:
        return [*said, Segment(f"目前已全部完成{_holding(subject)}。")], reasons
    said += _so_far(subject)
    if wording.rate:
        rate = ratios.percent(ratios.Ratio(counts.done, counts.total), wording.decimals)
        said.append(Segment(f"，完成率{rate}"))
    if subject.form == "full" and counts.due_this_year:
        said += [Segment("，今年应完成"), _figure(subject, counted, "due_this_year"), Segment(word)]
        if counts.due_this_year_left == 0:
            said.append(Segment("，已全部完成"))
        elif counts.due_this_year_done:
            said += [Segment("，已完成"), _figure(subject, counted, "due_this_year_done"), Segment(word)]
    rest, why = _rest(subject, wording)
    said += rest
    reasons += why
    if counts.overdue_earlier_years:
        said += [
            Segment("；应于以前年度完成而未完成的"),
            _figure(subject, counted, "overdue_earlier_years"),
            Segment(word),
        ]
        reasons.append(
            Reason(
                "earlier_years",
                False,
                subject.key,
                {"name": subject.name, "count": counts.overdue_earlier_years, "word": word},
            )
        )
    said.append(Segment("。"))
    return said, reasons


def _rest(subject: Subject, wording: Wording) -> tuple[list[Segment], list[Reason]]:
    """，剩余8条达到序时进度 where that holds of every one; else what is not done, split by verdict, and why."""
    counted, counts, word = _main(subject)
    of_year = wording.rest == "this_year"
    wanted = subject.form == "full" and (counts.due_this_year_left > 0 if of_year else counts.open > 0)
    if not wanted:
        if counts.adverse or subject.form == "full":
            return _split(subject, wording), []
        return [], []
    figure = "due_this_year_left" if of_year else "open"
    size = counts.due_this_year_left if of_year else counts.open
    found = _not_on_schedule(subject, counts, of_year)
    rest = Segment(str(size), figure, size, subject.key, counted)
    if not found:
        said = [Segment("，剩余"), rest, Segment(f"{word}达到{wording.schedule}进度")]
        if of_year and counts.adverse:
            # What is due this year is in order, what is due later is not: that must not be passed over.
            said += _split(subject, wording)
        return said, []
    reason = Reason(
        "on_schedule",
        False,
        subject.key,
        {
            "name": subject.name,
            "rest": size,
            "word": word,
            "schedule": wording.schedule,
            "found": "、".join(f"{_verdict_word(name, wording)}{n}{word}" for name, n in found),
            "found_english": ", ".join(f"{_english_word(name)} {n}" for name, n in found),
        },
    )
    if of_year and counts.left is not None:
        said = [Segment("，剩余"), rest, Segment(f"{word}中，"), *_parts(subject, wording, counts.left)]
        outside = sum(counts.of(v) - counts.left.get(v.value, 0) for v in verdicts.ADVERSE if v is not Verdict.OVERDUE)
        return said + (_split(subject, wording) if outside else []), [reason]
    if of_year:
        return [Segment("，剩余"), rest, Segment(word), *_split(subject, wording)], [reason]
    return _split(subject, wording), [reason]


def _not_on_schedule(subject: Subject, counts: Counts, of_year: bool) -> list[tuple[str, int]]:
    """What among the remaining ones is not on schedule: (verdict or on_schedule_unreported, count)."""
    parts = _open_parts(subject, counts)
    if of_year and counts.left is not None:
        parts = _open_parts(subject, counts, counts.left)
    elif of_year:
        parts.pop(Verdict.LONG_TERM.value, None)  # what has no date is not due this year
    names = [v.value for v in _OPEN_ORDER if v is not Verdict.ON_SCHEDULE] + ["on_schedule_unreported"]
    return [(name, parts[name]) for name in names if parts.get(name)]


def _open_parts(subject: Subject, counts: Counts, given: dict[str, int] | None = None) -> dict[str, int]:
    """The verdicts of what is not done → count, and on_schedule_unreported: how many of on_schedule never reported."""
    if given is not None:
        parts = dict(given)
    else:
        parts = {verdict.value: counts.of(verdict) for verdict in _OPEN_ORDER}
        parts["on_schedule_unreported"] = counts.on_schedule_unreported
    return {name: n for name, n in parts.items() if name not in verdicts.also_done(subject)}


def _split(subject: Subject, wording: Wording) -> list[Segment]:
    """；未完成的14条中，达到序时进度9条、未达到序时进度3条、超期2条 — zero slots drop out."""
    counted, counts, word = _main(subject)
    if not counts.open:
        return []
    size = Segment(str(counts.open), "open", counts.open, subject.key, counted)
    return [Segment("；未完成的"), size, Segment(f"{word}中，")] + _parts(subject, wording, None)


def _parts(subject: Subject, wording: Wording, left: dict[str, int] | None) -> list[Segment]:
    """达到序时进度9条、超期2条: what is open by verdict, of the rest of this year where `left` is given."""
    counted, counts, word = _main(subject)
    parts = _open_parts(subject, counts, left)
    never = parts.get("on_schedule_unreported", 0)
    # Where nothing was ever reported of some, these are not said to be on schedule.
    named = [(verdict.value, verdict.value, parts.get(verdict.value, 0)) for verdict in _OPEN_ORDER]
    if never:
        at = _OPEN_ORDER.index(Verdict.ON_SCHEDULE)
        named[at : at + 1] = [
            ("on_schedule", "on_schedule_reported", parts["on_schedule"] - never),
            ("on_schedule_unreported", "on_schedule_unreported", never),
        ]
    said: list[Segment] = []
    for name, figure, size in named:
        if size:
            figure = f"left_{figure}" if left is not None else figure
            said.append(Segment(("、" if said else "") + _verdict_word(name, wording)))
            said += [Segment(str(size), figure, size, subject.key, counted), Segment(word)]
    return said


# -- the inspections that are told together at the end ---------------------------------------------------------------


def _tail(subjects: Sequence[Subject], wording: Wording) -> tuple[list[Segment], list[Reason]]:
    """甲、乙反馈问题全部整改完成，丙整改工作按照时间节点有序推进。"""
    done = [s for s in subjects if s.issues.open == 0 and s.measures.open == 0]
    going = [s for s in subjects if s not in done and not _disorder(s)]
    troubled = [s for s in subjects if s not in done and s not in going]
    clauses: list[list[Segment]] = []
    reasons: list[Reason] = []
    if done:
        clauses.append([Segment("、".join(_titled(s) for s in done) + f"全部整改完成{_holding(*done)}")])
    if going:
        clauses.append([Segment("、".join(_titled(s) for s in going) + "整改工作按照时间节点有序推进")])
    for subject in going:
        _, counts, word = _main(subject)
        values = {"name": subject.name, "open": counts.open or subject.issues.open, "word": word}
        reasons.append(Reason("all_done", False, subject.key, values))
    for subject in troubled:
        counted, counts, word = _main(subject)
        said = [
            Segment(_titled(subject).removesuffix("问题") + "的"),
            *_size(subject),
            Segment("，"),
            *_so_far(subject),
        ]
        said += _split(subject, wording)
        if counts.overdue_earlier_years:
            said += [
                Segment("，其中应于以前年度完成的"),
                _figure(subject, counted, "overdue_earlier_years"),
                Segment(word),
            ]
        clauses.append(said)
        found = _disorder(subject)
        values = {
            "name": subject.name,
            "found": "、".join(f"{_verdict_word(name, wording)}{n}{word}" for name, n in found),
            "found_english": ", ".join(f"{_english_word(name)} {n}" for name, n in found),
        }
        reasons.append(Reason("orderly", False, subject.key, values))
    told: list[Segment] = []
    for clause in clauses:
        counted_clause = any(segment.value is not None for segment in clause)
        told += [*([Segment("；" if counted_clause else "，")] if told else []), *clause]
    return [*told, Segment("。")], reasons


def _disorder(subject: Subject) -> list[tuple[str, int]]:
    """What keeps an inspection from proceeding by its time points: of its measures, else of its issues."""
    counts = _main(subject)[1]
    found = [(v.value, counts.of(v)) for v in verdicts.ADVERSE if counts.of(v)]
    if not found:
        # Issues can be behind by milestones of their own.
        found = [(v.value, subject.issues.of(v)) for v in verdicts.ADVERSE if subject.issues.of(v)]
    if not found and counts.overdue_earlier_years:
        found = [("overdue_earlier_years", counts.overdue_earlier_years)]
    return found


# -- words -----------------------------------------------------------------------------------------------------------


def _main(subject: Subject) -> tuple[str, Counts, str]:
    """What the sentence counts by: measures, or issues where there are no measures; with its counting word."""
    if subject.measures.total:
        return MEASURES, subject.measures, subject.measure_word
    return ISSUES, subject.issues, subject.issue_word


def _about(subject: Subject) -> str:
    if subject.plan_name:
        plan = subject.plan_name if subject.plan_name.startswith("《") else f"《{subject.plan_name}》"
        return f"对照{plan}"
    return _titled(subject).removesuffix("问题")


def _titled(subject: Subject) -> str:
    """甲督察反馈问题: the name with what it found, each word once."""
    name = subject.name
    if name.endswith("问题"):
        return name
    if name.endswith(("反馈", "发现")):
        return name + "问题"
    return name + subject.found_word


def _involved(subject: Subject, wording: Wording) -> list[Segment]:
    return [Segment(f"涉及{wording.place}的"), *_size(subject)]


def _size(subject: Subject) -> list[Segment]:
    said: list[Segment] = []
    if subject.issues.total:
        said += [_figure(subject, ISSUES, "total"), Segment(f"{subject.issue_word}问题")]
    if subject.measures.total:
        said += [_figure(subject, MEASURES, "total"), Segment(f"{subject.measure_word}整改措施")]
    return said


def _so_far(subject: Subject) -> list[Segment]:
    """目前完成28项问题80条; 目前尚未有整改完成的 where there is nothing to name."""
    said: list[Segment] = []
    if subject.issues.done:
        said += [_figure(subject, ISSUES, "done"), Segment(f"{subject.issue_word}问题")]
    if subject.measures.done:
        said += [_figure(subject, MEASURES, "done"), Segment(subject.measure_word)]
        if not subject.issues.done:
            said.append(Segment("整改措施"))
    if not said:
        return [Segment("目前尚无整改完成事项")]
    return [Segment(f"目前完成{_holding(subject)}"), *said]


def _holding(*subjects: Subject) -> str:
    """The note that a count of done holds 基本完成 or 长期坚持, where it does (domain.md a.3, c.3): （含长期坚持）."""
    held = {
        verdict
        for subject in subjects
        for verdict in verdicts.also_done(subject)
        if subject.issues.of(verdict) + subject.measures.of(verdict)
    }
    words = "、".join(verdicts.word(verdict) for verdict in verdicts.ALSO_DONE.values() if verdict in held)
    return f"（含{words}）" if words else ""


def _figure(subject: Subject, counted: str, name: str) -> Segment:
    value = int(getattr(subject.issues if counted == ISSUES else subject.measures, name))
    return Segment(str(value), name, value, subject.key, counted)


def _verdict_word(name: str, wording: Wording) -> str:
    return _FIGURE_WORDS[name].replace("序时", wording.schedule)


def _english_word(name: str) -> str:
    if name in (v.value for v in Verdict):
        return verdicts.word(name, english=True).lower()
    return {"on_schedule_unreported": "never reported", "overdue_earlier_years": "due in earlier years"}[name]


def _merged(segments: Iterable[Segment]) -> list[Segment]:
    """Neighbouring pieces of plain text joined into one."""
    merged: list[Segment] = []
    for segment in segments:
        if merged and segment.value is None and merged[-1].value is None:
            merged[-1] = Segment(merged[-1].text + segment.text)
        else:
            merged.append(segment)
    return merged
