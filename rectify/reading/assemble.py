"""From labelled values to a PlanDraft: which deadline applies, what is a milestone, which units and state, what to ask.
Where the values came from (text, table, Word, sheet) no longer matters here."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import Final

from rectify.reading import units as unit_names
from rectify.reading.draft import (
    Facts,
    IssueDraft,
    MeasureDraft,
    MilestoneDraft,
    PlanDraft,
    Question,
    Role,
    State,
    Topic,
    UnitDraft,
    Unread,
)
from rectify.reading.labels import (
    Label,
    has_boxes,
    kinds_of,
    state_of,
    state_of_heading,
    state_of_progress,
    ticked_state,
    yes_no,
)
from rectify.reading.lines import (
    inner_values,
    leading_number,
    limits_apart,
    split_list,
    tells_a_problem,
    title_number,
    trailing_brackets,
    upper_number,
)
from rectify.reading.raw import Heading, RawIssue, RawMeasure, RawPlan, Value
from rectify.rules import deadlines
from rectify.rules.deadlines import Deadline, Parsed
from rectify.rules.numerals import HAN_NUMBER, marker, normalise, to_int

_AS_OF: Final = re.compile(r"(?:截至|截止到?|数据截至|统计截止)\s?(?P<day>[^）)，,。；\n]{4,20})")
_NOTICE_DONE: Final = re.compile(r"销号|验收")
_ALL_ARE_DONE: Final = re.compile(
    r"(?:均已|已全部|全部|已)(?:按要求|按期|如期)?(?:完成整改|整改到位|整改完成|完成了?整改)|拟(?:予|予以|申请)?销号|(?:通过|完成)[^，。；未]{0,8}验收"
)
_COUNT: Final = re.compile(
    rf"(?P<n>\d{{1,5}}|{HAN_NUMBER})\s?(?P<unit>个|项|条|件|类)?(?:方面)?的?"
    r"(?P<what>(?:反馈|具体|子项|突出|重点|整改|督察|个性|共性|主要|方面)*(?:问题|任务|措施|事项|举措)|(?:群众|环境|生态)*(?:信访|举报|投诉|转办|交办)+(?:案?件|事项|问题))"
)
_FORECAST: Final = re.compile(r"预计[^。；;\n]{0,30}?(?:完成|建成|整改到位|投入|销号|达到|实现)")
_PLAN_SAYS: Final = re.compile(
    r"(?:整改)?(?:方案|清单|任务)[^，。；]{0,6}(?:明确|要求|提出|规定|确定)[，,:：]?(?P<rest>[^。；]{2,160})"
)


def assemble(plan: RawPlan) -> PlanDraft:
    """The draft of a plan that was read. Nothing is guessed silently: what is open stands in its questions."""
    _measures_first(plan)
    _facts_behind_lists(plan)
    _level_of_total(plan)
    _number_of_heading(plan)
    draft = PlanDraft(title=plan.title, notes=list(plan.notes))
    around = [text for text, _ in plan.around]
    _as_of(draft, around)
    year = _year(draft, around)
    whole = _whole_plan_deadline(plan, year)
    builder = _Builder(plan, draft, year, whole)
    _declare(draft, plan, around)
    for raw in plan.issues:
        builder.add(raw)
    if whole and whole.needs_question:
        draft.ask(Question("全文整改时限", whole.needs_question, "deadline", whole.deadline.raw))
    draft.ask_totals()
    for where, ask in plan.questions:
        draft.ask(Question(where, ask))
    draft.unread = [Unread(line, text) for line, text in sorted(plan.unread)]
    if not draft.issues:
        draft.ask(Question("全文", "没有读出任何问题或措施，请检查文件内容，或手工录入。", "other"))
    return draft


# ---------------------------------------------------------------- the document
def _as_of(draft: PlanDraft, around: list[str]) -> None:
    for text in around:
        match = _AS_OF.search(text)
        day = deadlines.parse(match["day"]).deadline.date if match else None
        if match and day:
            draft.as_of, draft.as_of_text = day, match["day"].strip()
            return


def _year(draft: PlanDraft, around: list[str]) -> int | None:
    """The year for phrases without one: of the cut-off, of the title, of the document's own date. The year of an
    assessment (2023年度考核) is the year before; there the document's own date is better, if it has one."""
    title = re.search(r"(20\d{2})年?(度?)", deadlines.plain(draft.title or ""))
    if draft.as_of:
        return draft.as_of.year
    if title and not title[2]:
        return int(title[1])
    own = _own_year(around)
    return own if own or title is None else int(title[1])


_OWN_DATE: Final = re.compile(
    r"(?:[（(][^（()）。；]{0,30}(?=20\d{2}年.*[）)]$))?(20\d{2})年\s?\d{1,2}月\s?\d{1,2}日(?:[^（()）。；]{0,20}[）)])?"
)


_MADE_ON: Final = re.compile(
    r"(?:填报|填表|制表|报送|更新|统计|调度|印发|发布|编制)(?:时间|日期)\s?[:：]\s?(20\d{2})\s?年\s?\d{1,2}月"
)


def _own_year(around: list[str]) -> int | None:
    """Of a date alone on its line, of （县委会议2024年4月2日审议通过）, of 〔2024〕7号."""
    for text in reversed(around):
        match = _OWN_DATE.fullmatch(deadlines.plain(text).strip())
        if match:
            return int(match[1])
    for text in around:
        match = _MADE_ON.search(deadlines.plain(text))
        if match:
            return int(match[1])
    for text in around:
        match = re.search(r"(?:〔|\[|［|（|\()(20\d{2})(?:〕|\]|］|）|\))\s?\d{1,4}\s?号", text)
        if match:
            return int(match[1])
    return None


def _whole_plan_deadline(plan: RawPlan, year: int | None) -> Parsed | None:
    for value in plan.values:
        if value.label.field in ("deadline", "completion") and value.text.strip():
            parsed = deadlines.parse(value.text.strip(), year_hint=year)
            if parsed.deadline.kind not in ("ask", "none"):
                return replace(parsed, deadline=replace(parsed.deadline, inferred=True))
    for text, _ in plan.around:
        match = re.search(r"(?:整改|完成)(?:时限|期限)(?:为|是|：|:)?\s?(?P<when>[^。\n]{4,80})", text)
        if match:
            parsed = deadlines.parse(match["when"], year_hint=year)
            if parsed.deadline.kind in ("date", "range"):
                return replace(parsed, deadline=replace(parsed.deadline, inferred=True))
    return _all_done_by(plan, year)


_ALL_DONE: Final = re.compile(
    r"(?:全面|全部|如期)[^，。；]{0,6}完成[^，。；]{0,8}整改|完成(?:全部|所有|各项)[^，。；]{0,8}整改|(?:所有|全部|各项)[^，。；]{0,12}整改(?:到位|完毕)"
    r"|整改(?:任务|工作|问题|事项)?(?:要|应|须)?(?:全部|全面)(?:完成|到位)|一律[^，。；]{0,20}(?:整改|完成)(?:到位|整改|完毕)?"
    r"|(?:所有|全部|各项|上述)(?:反馈)?(?:问题|任务|事项)[^。；]{0,24}(?:完成整改|整改完成)"
)


def _all_done_by(plan: RawPlan, year: int | None) -> Parsed | None:
    """各单位要在2020年6月底前全面完成整改任务, said of all in the text around the issues: one day, or nothing."""
    days: dict[dt.date, Parsed] = {}
    for text in [*(text for text, _ in plan.around), *(value.text for value in plan.values)]:
        for sentence in re.split(r"[。；\n]", text[:5000]):
            done = _ALL_DONE.search(sentence)
            if done is None or re.search(r"立行立改的|长期坚持的|已于|截至|截止", sentence):
                continue
            clause = sentence[: done.end()]
            stages = deadlines.stages(clause, year_hint=year, limits_only=True)
            if len(stages) == 1:
                day = stages[0].date
                raw = _Builder._phrase(clause, day)
                days[day] = Parsed(Deadline(raw, day, None, "date", False, True))
            elif stages:
                return None
    return next(iter(days.values())) if len(days) == 1 else None


_COUNT_BEHIND: Final = re.compile(
    r"(?P<what>(?:反馈|具体|整改)*(?:问题|任务|措施|事项|举措)|(?:信访|举报|投诉|转办|交办)+(?:案?件)?)(?:共|共计|合计)?(?P<n>\d{1,5})(?P<unit>个|项|条|件)"
    r"(?![\u4e00-\u9fff])"
)


_PETITIONS: Final = re.compile(r"信访|举报|投诉|转办|交办")


def _counts(texts: Iterable[str]) -> list[tuple[int, str]]:
    counts = []
    for text in texts:
        found = [*_COUNT.finditer(text[:5000]), *_COUNT_BEHIND.finditer(text[:5000])]
        for match in sorted(found, key=lambda match: match.start()):
            number = to_int(match["n"])
            before = text[max(0, match.start() - 1) : match.start()]
            if number is None or before in ("第", "之", "十", "表", "图", "件") or number == 0 or number > 20_000:
                continue
            if not match["unit"] and not match["n"].isdigit():
                continue
            what = match["what"]
            counts.append((number, "事项" if _PETITIONS.match(what) else what))
    return counts


def _declare(draft: PlanDraft, plan: RawPlan, around: list[str]) -> None:
    totals = [text for text in plan.totals if not re.match(r"小\s*计", text)] or plan.totals
    if len(totals) > 1:
        _declare_sum(draft, totals)
    for texts in (totals, around):
        counts = _counts(texts)
        issues = [number for number, what in counts if what.endswith(("问题", "事项"))]
        tasks = [number for number, what in counts if what.endswith("任务")]
        measures = [number for number, what in counts if what.endswith(("措施", "举措"))]
        found = len(plan.issues)
        if issues and draft.declared_issues is None:
            draft.declared_issues = found if found in issues or found == sum(issues) else issues[-1]
        if measures and draft.declared_measures is None:
            draft.declared_measures = measures[-1]
        if tasks and issues and draft.declared_measures is None:
            draft.declared_measures = tasks[-1]
        elif tasks and draft.declared_issues is None:
            draft.declared_issues = found if found in tasks else tasks[-1]
        if texts is totals and texts and draft.declared_measures is None:
            rows = [int(m) for text in texts for m in re.findall(r"(?<!\d)(\d{1,5})\s?条(?![\u4e00-\u9fff])", text)]
            draft.declared_measures = rows[0] if rows else None
        if texts is around and draft.declared_issues is None and draft.declared_measures is None:
            whole = [int(m) for text in texts for m in re.findall(r"[（(]共计?\s?(\d{1,4})\s?[个项件][）)]", text)]
            draft.declared_issues = whole[0] if whole else None
        if texts is totals and texts and draft.declared_issues is None:
            alone = [m for text in texts for m in re.findall(r"(?:^|\s)(\d{1,5})\s?(?:个|项)(?=\s|$)", text)]
            bare = alone or [m for text in texts for m in re.findall(r"(\d{1,5})\s?(?:个|项)(?![\u4e00-\u9fff])", text)]
            if bare:
                draft.declared_issues = int(bare[0])


def _declare_sum(draft: PlanDraft, totals: list[str]) -> None:
    """Several total rows (one a sheet or section): what they state together."""
    sums = [_counts([text]) for text in totals]
    issues = [next((n for n, what in counts if what.endswith(("问题", "任务", "事项"))), None) for counts in sums]
    measures = [next((n for n, what in counts if what.endswith(("措施", "举措"))), None) for counts in sums]
    if issues and all(number is not None for number in issues):
        draft.declared_issues = sum(number or 0 for number in issues)
    if measures and all(number is not None for number in measures):
        draft.declared_measures = sum(number or 0 for number in measures)


def _measures_first(plan: RawPlan) -> None:
    """A plan that lists measures under headings and no issues: the nearest headings become the issues."""
    issues = plan.issues
    if len(issues) < 2 or any(issue.measures or issue.one_row for issue in issues):
        return
    fields = {value.label.field for issue in issues for value in issue.values}
    if fields & {"measure", "measure_progress", "issue", "goal"} or any(issue.paragraphs for issue in issues):
        return
    if not all(issue.categories for issue in issues):
        return
    problems = sum(1 for issue in issues if tells_a_problem(issue.text))
    if problems > len(issues) * 0.4:
        return
    grouped: list[RawIssue] = []
    for issue in issues:
        if not grouped or grouped[-1].categories + [grouped[-1].text] != issue.categories:
            above = issue.headings[-1] if issue.headings else None
            number, line = (above.number, above.line) if above else (None, issue.line)
            path = issue.headings[:-1]
            grouped.append(
                RawIssue(issue.categories[-1], line, number, None, issue.categories[:-1], path, part=issue.part)
            )
        measure = RawMeasure(issue.text, issue.line, issue.number, [*issue.brackets, *issue.values])
        grouped[-1].measures.append(measure)
    plan.issues = grouped


def _facts_behind_lists(plan: RawPlan) -> None:
    """整改措施：1.… 2.…（牵头单位：…；完成时限：…）: where only the last measure of every list has a parenthesis, it tells of
    the issue. One that some measure in the middle has too is the measure's own."""
    behind: list[tuple[RawIssue, Value | int, str, list[Value]]] = []
    several: list[bool] = []
    for raw in plan.issues:
        values = [v for v in raw.values if v.label.field in ("measure", "measure_progress") and v.text.strip()]
        paragraphs = [(value.text, value.line) for value in values] + raw.paragraphs
        if raw.measures or not paragraphs:
            continue
        _, items = split_list(paragraphs)
        found = [trailing_brackets(item.text, item.line)[1] for item in items]
        if any(found[:-1]):
            return
        text, brackets = trailing_brackets(*paragraphs[-1])
        if brackets:
            behind.append((raw, len(raw.paragraphs) - 1 if raw.paragraphs else values[-1], text, brackets))
        if len(items) > 1:
            several.append(bool(brackets))
    named = any(value.label.field == "unit" for *_, brackets in behind for value in brackets)
    if not any(several) or not named and (len(several) < 2 or not all(several)):
        return
    for raw, place, text, brackets in behind:
        if isinstance(place, int):
            raw.paragraphs[place] = (text, raw.paragraphs[place][1])
        else:
            place.text = text
        raw.brackets = [*raw.brackets, *brackets]


def _level_of_total(plan: RawPlan) -> None:
    """Where headings nest, the issues are the level that the stated total counts; what is deeper becomes measures."""
    stated = [
        number for number, what in _counts(text for text, _ in plan.around) if what.endswith(("问题", "任务", "事项"))
    ]
    found = len(plan.issues)
    if not stated or found in stated or any(issue.one_row for issue in plan.issues):
        return
    for depth in range(max((len(issue.headings) for issue in plan.issues), default=0), 0, -1):
        if any(len(issue.headings) < depth for issue in plan.issues):
            continue
        groups: dict[tuple[Heading, ...], list[RawIssue]] = {}
        for issue in plan.issues:
            groups.setdefault(tuple(issue.headings[:depth]), []).append(issue)
        if len(groups) in stated and 1 < len(groups) < found:
            plan.unread.extend((issue.line, issue.text) for issue in plan.issues if issue.text)
            plan.issues = [_merged(list(path), issues) for path, issues in groups.items()]
            plan.questions.append(
                ("全文", f"写明的总数是{len(groups)}项，按上一级标题计为问题，其下{found}个小问题并入措施，请核对。")
            )
            return


def _merged(path: list[Heading], issues: list[RawIssue]) -> RawIssue:
    head = path[-1]
    whole = RawIssue(
        head.text, head.line, head.number, None, [heading.text for heading in path[:-1]], path[:-1], part=issues[0].part
    )
    for issue in issues:
        own = [
            v
            for v in [*issue.brackets, *issue.values]
            if v.label.field not in ("measure", "measure_progress", "issue", "goal")
        ]
        whole.values.extend(v for v in issue.values if v.label.field == "goal")
        paragraphs = [
            (v.text.strip(), v.line)
            for v in issue.values
            if v.label.field in ("measure", "measure_progress") and v.text.strip()
        ]
        _, items = split_list([*paragraphs, *issue.paragraphs])
        for item in items:
            whole.measures.append(RawMeasure(item.text, item.line, item.number, own))
        if not items:
            whole.measures.append(RawMeasure(issue.text, issue.line, issue.number, own))
    return whole


def _number_of_heading(plan: RawPlan) -> None:
    """（一）政治学习方面 over one labelled issue without a number: the heading's number is the issue's."""
    under: dict[Heading, list[RawIssue]] = {}
    for issue in plan.issues:
        if issue.headings:
            under.setdefault(issue.headings[-1], []).append(issue)
    for heading, issues in under.items():
        only = issues[0]
        if len(issues) > 1 or only.text:
            continue
        printed, _ = title_number(heading.text)
        if printed and only.number in (None, heading.number) or printed and only.title == plan.title:
            only.number = printed  # 二、第21项整改任务
        elif only.number is None and only.title is None:
            only.number = heading.number


# ---------------------------------------------------------------- one issue
class _Builder:
    def __init__(self, plan: RawPlan, draft: PlanDraft, year: int | None, whole: Parsed | None) -> None:
        self.plan, self.draft, self.year, self.whole = plan, draft, year, whole
        self.all_are_done = any(_ALL_ARE_DONE.search(text) for text, _ in plan.around)

    def add(self, raw: RawIssue) -> None:
        issue = IssueDraft(number=raw.number, upper_number=raw.upper_number, line=raw.line or None, part=raw.part)
        at = len(self.draft.issues)
        self.draft.issues.append(issue)
        inner = inner_values(raw.text, raw.line) if raw.in_table else None
        if inner and inner[0].label.field == "issue":  # 问题：… 措施：… in one cell
            raw.text, raw.values = "", [*inner, *raw.values]
        values = _expand(raw.values)
        issue.text = self._issue_text(raw, issue, values)
        categories = [text.strip() for text in raw.categories if text.strip() and not _bare_section(text)]
        named = [value.text for value in values.of("category") if value.text]
        issue.category = " / ".join(dict.fromkeys([*categories, *named])) or None
        issue.source = _first(values, "source")
        issue.goal = _join(values, "goal")
        for value in [*raw.brackets, *values]:
            self._numbers(issue, value)
        issue.units = self._units([*raw.brackets, *values])
        progress = _join(values, "progress")
        self._measures(raw, issue, values, at)
        self._facts(issue, values, at, None)
        issue.progress = progress or issue.progress
        self._deadline(raw, issue, values, at)
        self._stages(issue, values)
        self._milestones(issue, _stages_in(raw, issue))
        self._state(raw, issue, values)
        if raw.one_row and len(issue.measures) == 1:
            _mirror(issue, issue.measures[0])
        if _says_nothing(issue):
            self.draft.issues.pop()
            self.plan.unread.extend((value.line, f"{value.printed}：{value.text}") for value in values)
            return
        self._questions(issue, at)

    def where(self, issue: IssueDraft, measure: MeasureDraft | None = None) -> str:
        name = f"问题{issue.number}" if issue.number else f"第{len(self.draft.issues)}个问题"
        if measure is not None:
            name += f"措施{measure.number}" if measure.number else f"第{len(issue.measures)}条措施"
        return name

    def ask(
        self, issue: IssueDraft, at: int, ask: str, topic: Topic, raw: str = "", measure: int | None = None
    ) -> None:
        about = issue.measures[measure] if measure is not None and measure < len(issue.measures) else None
        line = about.line if about else issue.line
        self.draft.ask(Question(self.where(issue, about), ask, topic, raw, at, measure, line))

    # -------------------------------------------------------- text and numbers
    def _issue_text(self, raw: RawIssue, issue: IssueDraft, values: _Values) -> str:
        labelled = [value for value in values.of("issue") if value.text.strip()]
        text = raw.text
        if labelled:
            deepest = max(range(len(labelled)), key=lambda n: (labelled[n].label.level, n))
            chosen = labelled[deepest].text.strip()
            above = [value.text.strip() for n, value in enumerate(labelled) if n != deepest]
            if text and text != chosen:
                above.insert(0, text)
            for part in above:
                if part and part != chosen and part not in raw.categories:
                    raw.categories.append(_bare(part))
            text = chosen
        found = marker(text)
        named = found is not None and (found.style == "第一项" or found.style.startswith("word"))
        if found and found.style not in ("一是", "1 ") and (labelled or raw.in_table or named):
            rest = text[found.end :].strip()
            if rest:
                # 1 | 十三、农村供水…: the row's own number, and the superior list's in the text.
                # （一）第13项：…: the bracket only stands before a line.
                if issue.number is None or named and not raw.in_table and not labelled and not raw.title:
                    issue.number = found.printed
                elif found.printed != issue.number and issue.upper_number is None and not raw.title:
                    issue.upper_number = found.printed
                text = rest
        text, brackets = trailing_brackets(text, raw.line)
        text, before = leading_number(text, raw.line)
        raw.brackets = [*raw.brackets, *before, *brackets]
        upper, text = upper_number(text)
        issue.upper_number = issue.upper_number or upper
        quoted = re.fullmatch(r"关于[“\"](?P<what>[^”\"]+)[”\"](?:的)?(?:整改)?(?:问题|方面)?。?", text.strip())
        return (quoted["what"] if quoted else text).strip()

    def _numbers(self, issue: IssueDraft, value: Value) -> None:
        text = value.text.strip()
        if not text or value.label.field not in ("number", "upper_number") or len(text) > 40:
            return
        own, upper = title_number(text)
        if value.label.field == "upper_number":
            issue.upper_number = issue.upper_number or _item_number(text)
        elif issue.number is None:
            issue.number = own or normalise(text)
            issue.upper_number = issue.upper_number or upper

    def _units(self, values: list[Value]) -> list[UnitDraft]:
        units: dict[tuple[str, Role], UnitDraft] = {}
        for value in values:
            if value.label.field != "unit" or value.label.role is None or not value.text.strip():
                continue
            also = value.label.mixed
            people = also if also in ("person", "leader") else None
            text, role = value.text, value.label.role
            for unit in unit_names.split_people(text, role, people) if people else unit_names.split(text, role):
                units.setdefault((unit.name, unit.role), unit)
        return list(units.values())

    # -------------------------------------------------------- measures
    def _measures(self, raw: RawIssue, issue: IssueDraft, values: _Values, at: int) -> None:
        labelled = [
            (value.text.strip(), value.line)
            for value in values
            if value.label.field in ("measure", "measure_progress") and value.text.strip()
        ]
        if raw.paragraphs:
            # The list may have begun on the label's own line: read together, so that a lead-in is no measure.
            self._split(raw, issue, [*labelled, *raw.paragraphs], at)
        else:
            for paragraph in labelled:
                self._split(raw, issue, [paragraph], at)
        if not issue.measures and not raw.measures:
            self._inside_text(raw, issue)
        for own in raw.measures:
            if not own.text and own.values and issue.measures:
                measure = max(
                    (m for m in issue.measures if (m.line or 0) <= own.line), key=lambda m: m.line or 0, default=None
                )
                if measure is not None:
                    self._own_values(issue, measure, own.values, at)
                continue
            self._row(raw, issue, own, at)

    def _inside_text(self, raw: RawIssue, issue: IssueDraft) -> None:
        """关于X的问题。一是…二是…（责任单位：…）: measures inside the issue's text, unless they tell the problem."""
        lead, items = split_list([(issue.text, raw.line)])
        if not lead or len(items) < 2 or not lead.rstrip().endswith(("。", "：", ":")) or "问题" not in lead:
            return
        if sum(1 for item in items if tells_a_problem(item.text)) * 2 >= len(items):
            return
        issue.text = lead.strip()
        issue.measures = [MeasureDraft(number=item.number, text=item.text, line=item.line) for item in items]

    def _split(self, raw: RawIssue, issue: IssueDraft, paragraphs: list[tuple[str, int]], at: int) -> None:
        lead, items = split_list(paragraphs)
        if lead:
            self.plan.unread.append((paragraphs[0][1], lead))
            self.draft.notes.append(f"第{paragraphs[0][1]}行的引言不算措施：{lead[:40]}")
        for item in items:
            text, brackets = trailing_brackets(item.text, item.line)
            measure = MeasureDraft(number=item.number, text=text, line=item.line)
            issue.measures.append(measure)
            if brackets:
                self._own_values(issue, measure, brackets, at)
        last = paragraphs[-1][0].rstrip()
        if len(items) == 1 and items[0].number is not None and last.endswith(("；", ";")):
            self.ask(issue, at, "措施清单以分号结尾，后面是否还有措施？", "other", last[-30:])

    def _row(self, raw: RawIssue, issue: IssueDraft, own: RawMeasure, at: int) -> None:
        """One row of a table: one measure, or its numbered steps where the rows are not what the total counts."""
        lead, items = split_list([(own.text, own.line)]) if own.text else (None, [])
        rows_counted = self.draft.declared_measures is not None and self.draft.declared_measures == self.row_count
        steps = len(items) > 1 and rows_counted  # kept as they are printed
        if steps:
            self.ask(
                issue,
                at,
                f"一格中有{len(items)}条措施，合计按行计为1条，现保留为1条，是否拆分？",
                "split",
                own.text[:40],
                len(issue.measures),
            )
            items = []
        if len(items) > 1:
            if lead:
                self.plan.unread.append((own.line, lead))
            for item in items:
                text, brackets = trailing_brackets(item.text, own.line)
                measure = MeasureDraft(number=item.number, text=text, line=own.line)
                issue.measures.append(measure)
                self._own_values(issue, measure, [*brackets, *own.values], at)
            return
        text, brackets = trailing_brackets(own.text.strip(), own.line)
        number = own.number
        found = marker(text)
        if found and found.style not in ("一是", "1 ") and text[found.end :].strip() and not steps:
            number = number or found.printed
            text = text[found.end :].strip()
        measure = MeasureDraft(number=number, text=text.strip(), line=own.line)
        issue.measures.append(measure)
        self._own_values(issue, measure, [*brackets, *own.values], at)

    @cached_property
    def row_count(self) -> int:
        """The rows of measures in the tables, which a declared total may count."""
        return sum(len([m for m in issue.measures if m.text]) for issue in self.plan.issues)

    def _own_values(self, issue: IssueDraft, measure: MeasureDraft, printed: list[Value], at: int) -> None:
        last = len(issue.measures) - 1
        index = next(at for at in range(last, -1, -1) if issue.measures[at] is measure)
        values = _expand(printed)
        parsed = self._first_deadline(issue, values, at, index)
        if parsed is not None:
            measure.deadline = parsed.deadline
            for stage in parsed.stages:
                _add_milestone(issue, stage.date, stage.text)
            measure.original_deadline = parsed.original or measure.original_deadline
        measure.units += [unit for unit in self._units(values) if unit not in measure.units]
        measure.progress = _join(values, "progress") or measure.progress
        self._facts(measure, values, at, index, issue)
        for value in values.of("number"):
            if value.text:
                measure.number = measure.number or normalise(value.text)
        if measure.state is None:
            measure.state = self._state_from(measure, values)

    # -------------------------------------------------------- deadlines
    def _parse(self, text: str) -> Parsed:
        return deadlines.parse(text.strip(), year_hint=self.year)

    def _first_deadline(self, issue: IssueDraft, values: _Values, at: int, measure: int | None = None) -> Parsed | None:
        """The deadline of a label, cell or parenthesis; 完成时间 only where no other label gives one."""
        named = values.of("deadline") or values.of("completion")
        texts = [value.text for value in named if value.text.strip()]
        if not texts:
            return self._first_original(values)
        parsed = self._parse("；".join(dict.fromkeys(text.strip() for text in texts)))
        if parsed.deadline.kind == "none":
            return self._first_original(values)
        if parsed.needs_question:
            self.ask(issue, at, parsed.needs_question, "deadline", parsed.deadline.raw, measure)
        return parsed

    def _first_original(self, values: _Values) -> Parsed | None:
        """原时限 beside an empty 现时限: it was never moved and still applies."""
        texts = [v.text for v in values.of("original_deadline") if v.text.strip()]
        parsed = self._parse(texts[0]) if texts else None
        return parsed if parsed and parsed.deadline.kind not in ("none", "ask") else None

    def _deadline(self, raw: RawIssue, issue: IssueDraft, values: _Values, at: int) -> None:
        parsed = self._first_deadline(issue, values, at) or self._first_deadline(issue, _Values(raw.brackets), at)
        if parsed is None:
            has_own = any(measure.deadline for measure in issue.measures)
            parsed = self.whole if has_own and raw.measures else self._inferred(issue, _stages_in(raw, issue))
        if parsed is None:
            return
        issue.deadline = parsed.deadline
        if parsed.original and issue.original_deadline is None:
            issue.original_deadline = parsed.original
        for stage in parsed.stages:
            if not parsed.deadline.inferred or parsed is not self.whole:
                _add_milestone(issue, stage.date, stage.text)

    def _inferred(self, issue: IssueDraft, goal: str) -> Parsed | None:
        """What the plan is said to demand, the goal's last date, the plan's one time limit, 立行立改 in the goal."""
        says = _PLAN_SAYS.search(issue.text)
        for text in (says["rest"] if says else "", goal):
            stages = deadlines.stages(text, year_hint=self.year, opening=True)
            if stages:
                last = max(stages, key=lambda stage: stage.date)
                long_term = bool(re.search(r"长期坚持|持续推进|持续整改", text))
                raw = self._phrase(text, last.date)
                return Parsed(Deadline(raw, last.date, None, "date", long_term and text != goal, True))
        if self.whole is not None:
            return self.whole
        parsed = self._parse(issue.goal or "")
        if parsed.deadline.kind in ("immediate", "long_term") and re.search(
            r"立行立改|长期坚持|立整立改|即知即改", issue.goal or ""
        ):
            return Parsed(replace(parsed.deadline, inferred=True))
        return None

    @staticmethod
    def _phrase(text: str, day: dt.date) -> str:
        match = re.search(rf"[^，。；]{{0,2}}{day.year}\s?年[^，。；]{{0,8}}", text)
        return match[0].strip() if match else text[:40]

    def _stages(self, issue: IssueDraft, values: _Values) -> None:
        """Columns headed by days, what is due on each, or 阶段安排：…年…月底前…; the last is the deadline where there is no
        other."""
        days: dict[dt.date, str] = {}
        for value in values.of("stage"):
            day = self._parse(value.printed.rsplit("/", 1)[-1]).deadline.date
            if day is not None:
                days[day] = value.text.strip()
            else:
                days |= {stage.date: stage.text for stage in deadlines.stages(value.text, year_hint=self.year)}
        for day in sorted(days):
            _add_milestone(issue, day, days[day])
        if days and issue.deadline is None:
            last = max(days)
            issue.deadline = Deadline(days[last], last, None, "date", False, True)

    def _milestones(self, issue: IssueDraft, goal: str) -> None:
        applies = {issue.deadline.date} if issue.deadline else set()
        if issue.deadline and issue.deadline.start:
            applies.add(issue.deadline.start)
        own = {measure.deadline.date for measure in issue.measures if measure.deadline}
        year = self.year or (issue.deadline.date.year if issue.deadline and issue.deadline.date else None)
        for stage in deadlines.stages(goal, year_hint=year, opening=True):
            if stage.date not in applies and (issue.deadline or stage.date not in own):
                _add_milestone(issue, stage.date, stage.text)
        for measure in issue.measures:
            skip = applies | ({measure.deadline.date} if measure.deadline else set())
            for stage in deadlines.stages(measure.text, year_hint=year):
                if stage.date not in skip:
                    _add_milestone(issue, stage.date, stage.text)
        issue.milestones = [stone for stone in issue.milestones if stone.date not in applies]

    # -------------------------------------------------------- states and facts
    def _facts(
        self, item: Facts, values: _Values, at: int, measure: int | None, issue: IssueDraft | None = None
    ) -> None:
        owner = issue or (item if isinstance(item, IssueDraft) else None)
        for value in values:
            text, field = value.text.strip(), value.label.field
            if not text:
                continue
            if field == "on_schedule" and item.claims_on_schedule is None:
                item.claims_on_schedule = yes_no(text)
            elif field == "is_completed" and item.claims_completed is None:
                item.claims_completed = yes_no(text)
            elif field == "is_signed_off" and item.signed_off is None:
                item.signed_off = yes_no(text) if state_of(text) in (None, "signed_off") else None
            elif field == "completed_on" or field == "completion" and values.of("deadline"):
                self._completed_on(item, text, owner, at, measure)
            elif field == "started_on":
                item.started = bool(deadlines.parse(text, year_hint=self.year).deadline.date) or item.started
            elif field == "original_deadline":
                parsed = self._parse(text)
                item.original_deadline = parsed.deadline if parsed.deadline.kind != "none" else None
            elif field == "difficulty":
                item.difficulty = _joined(item.difficulty, text)
            elif field == "next_step":
                item.next_step = _joined(item.next_step, text)
            elif field == "remark":
                item.remark = _joined(item.remark, text)
            elif field == "noted":
                item.remark = _joined(item.remark, f"{value.printed}：{text}")
        difficulty = (item.difficulty or "").strip("—-无 /")
        if item.claims_on_schedule and difficulty and not item.claims_completed and owner is not None:
            self.ask(
                owner,
                at,
                f"标为达到序时进度，但存在困难“{difficulty[:40]}”，请确认。",
                "state",
                difficulty[:40],
                measure,
            )

    def _completed_on(self, item: Facts, text: str, issue: IssueDraft | None, at: int, measure: int | None) -> None:
        parsed = deadlines.parse(text, year_hint=self.year)
        day = parsed.deadline.date
        if day is None:
            if parsed.deadline.kind == "ask" and state_of(text) is None and issue is not None:
                self.ask(issue, at, f"看不懂完成时间“{text[:40]}”，请给出完成日期。", "state", text[:40], measure)
            elif state_of(text) in ("completed", "signed_off"):
                item.claims_completed = True
            return
        as_of = self.draft.as_of
        if as_of and day > as_of:
            first = dt.date(day.year, day.month, 1)
            if first <= as_of and not re.search(r"\d\s?日|\d[./-]\d{1,2}[./-]\d", text):
                day = as_of  # a month means its last day, but never later than the cut-off
            else:
                if issue is not None:
                    ask = f"完成时间{day.isoformat()}晚于截止日期{as_of.isoformat()}，是否已经完成？"
                    self.ask(issue, at, ask, "state", text[:40], measure)
                return
        item.completed_on = day

    def _state_from(self, item: Facts, values: _Values) -> State | None:
        """The order of the contract: 是否销号, completion, 是否达到序时进度, a status word."""
        ticked = [value.label.state for value in values.of("state") if value.label.state and _is_tick(value.text)]
        boxes = [ticked_state(v.text) for v in values.of("state", "progress", "remark") if has_boxes(v.text)]
        cells = [
            state_of(value.text) if len(value.text) <= 60 else state_of_progress(value.text)
            for value in values.of("state")
            if not value.label.state and not has_boxes(value.text) and value.text.strip()
        ]
        signs = [state_of(value.text) for value in values.of("is_signed_off") if len(value.text) >= 3]
        if item.signed_off or "signed_off" in signs:
            item.signed_off = True
            return "signed_off"
        stated = next((state for state in [*ticked, *boxes, *cells, *signs] if state), None)
        if item.completed_on or item.claims_completed:
            words = next((v.text for v in values.of("is_completed") if "基本" in v.text), None)
            if words and not item.completed_on:
                return "basically_completed"
            if any(state_of(v.text) == "signed_off" for v in values.of("is_completed")):
                return "signed_off"
            return stated if stated in ("signed_off", "basically_completed") else "completed"
        if stated and not (stated == "in_progress" and item.claims_on_schedule is not None):  # the tick says more
            return stated
        if item.claims_on_schedule is not None:
            schedule = next((v.text for v in values.of("on_schedule")), "")
            word = state_of(schedule) if len(schedule) > 1 else None
            return (
                word if word in ("not_started", "overdue") else "on_schedule" if item.claims_on_schedule else "behind"
            )
        answers = values.of("on_schedule", "is_completed")
        schedule_words = [state_of(v.text) for v in answers if v.text.strip()]
        denied = all(yes_no(v.text) is not None for v in answers)
        word = next((state for state in schedule_words if state and not (denied and state == "in_progress")), None)
        if word:
            return word
        return next((s for s in (state_of_progress(v.text) for v in values.of("progress")) if s), None)

    def _state(self, raw: RawIssue, issue: IssueDraft, values: _Values) -> None:
        issue.state = self._state_from(issue, values)
        title = raw.title or self.plan.title or ""
        told = self.all_are_done or _NOTICE_DONE.search(title)
        done = issue.state is None and told and not raw.one_row
        if "公示" in title and (done or issue.state == "signed_off"):
            issue.state, issue.signed_off = "completed", None  # published before sign-off: completed at most
        if issue.state is None and issue.category and all(measure.state is None for measure in issue.measures):
            headings = reversed(issue.category.split(" / "))
            issue.state = next((state for text in headings if (state := state_of_heading(text))), None)
        if issue.state == "not_started":
            issue.started = False
        for measure in issue.measures:
            if measure.state == "not_started":
                measure.started = False

    # -------------------------------------------------------- questions
    def _questions(self, issue: IssueDraft, at: int) -> None:
        if not issue.text:
            self.ask(issue, at, "没有读出问题的内容，请补上。", "other")
        deadline = issue.deadline
        if deadline and deadline.date and deadline.kind in ("date", "range") and not deadline.inferred:
            goal = deadlines.stages(issue.goal or "", year_hint=self.year, opening=True)
            later = max((stage.date for stage in goal), default=deadline.date)
            if later > deadline.date:
                ask = f"整改目标写到{later.isoformat()}，整改时限却是{deadline.date.isoformat()}，以哪个为准？"
                self.ask(issue, at, ask, "deadline", deadline.raw)
        for text in filter(None, [issue.progress, *(measure.progress for measure in issue.measures)]):
            forecast = _FORECAST.search(text)
            if forecast:
                ask = f"进展中说“{forecast[0][:40]}”，这是预计，不作为时限，请确认。"
                self.ask(issue, at, ask, "deadline", forecast[0][:40])
                break


# ---------------------------------------------------------------- small parts
class _Values(list[Value]):
    """The values of an item in the order of the source, and those of one field at a time."""

    def __init__(self, values: Iterable[Value]) -> None:
        super().__init__(values)
        self._by_field: dict[str, list[Value]] = {}
        for value in self:
            self._by_field.setdefault(value.label.field, []).append(value)

    def of(self, *fields: str) -> list[Value]:
        """The values of these fields, field by field."""
        if len(fields) == 1:
            return self._by_field.get(fields[0], [])
        return [value for field in fields for value in self._by_field.get(field, ())]


_HOLDING: Final = frozenset(
    {"measure", "measure_progress", "progress", "unit", "issue", "goal", "deadline", "state", "remark"}
)  # what may hold labels of its own


def _expand(values: list[Value]) -> _Values:
    """Values that hold labels of their own become several values."""
    expanded: list[Value] = []
    for value in values:
        inner = None
        if value.label.mixed == "deadline":
            expanded.extend(limits_apart(value.text, value.line, value.label.role))
            continue
        if value.label.field in _HOLDING:
            inner = inner_values(value.text, value.line)
        if inner and value.label.field == "unit":
            inner = (
                [part for part in inner if part.label.field == "unit"]
                if all(p.label.field == "unit" for p in inner)
                else None
            )
        if inner:
            expanded.extend(inner)
        elif value.label.field == "measure_progress":
            expanded.append(value)
            has_measure = any(v.label.field == "measure" and v.text for v in values)
            if has_measure:
                expanded[-1] = Value(Label("progress"), value.text, value.line, value.printed)
        else:
            expanded.append(value)
    return _Values(_one_limit(expanded))


def _one_limit(values: list[Value]) -> list[Value]:
    """起 | 止 and the kind of a deadline, each in a column of its own, as one time limit: 2024年5月至9月，长期坚持."""
    parts = [
        value for value in values if value.label.field in ("deadline_start", "deadline_kind") and value.text.strip()
    ]
    if not parts:
        return values
    kinds = [kind for value in parts if value.label.field == "deadline_kind" for kind in _kinds(value)]
    start = next((value.text.strip() for value in parts if value.label.field == "deadline_start"), "")
    ends = [value for value in values if value.label.field == "deadline" and value.text.strip("—-－/ 无\n")]
    limit = "；".join(dict.fromkeys(value.text.strip() for value in ends))
    limit = f"{start}至{limit}" if start and limit else limit or start
    words = {"immediate": "立行立改", "long_term": "长期坚持"}
    said = dict.fromkeys(words[kind] for kind in kinds if kind in words and not (limit and kind == "immediate"))
    text = "，".join(filter(None, [limit, *said]))
    rest = [value for value in values if value not in parts and value not in ends]
    whole = Value(Label("deadline"), text, (ends or parts)[0].line, (ends or parts)[0].printed)
    return [*rest, whole] if text else rest


def _kinds(value: Value) -> list[str]:
    """The kinds that a cell names, or that its header names where the cell is ticked."""
    header = value.printed.rsplit("/", 1)[-1]
    return list((kinds_of(header) if _is_tick(value.text) else kinds_of(value.text)) or [])


def _first(values: _Values, field: str) -> str | None:
    return next((value.text.strip() for value in values.of(field) if value.text.strip()), None)


def _join(values: _Values, field: str) -> str | None:
    texts = dict.fromkeys(value.text.strip() for value in values.of(field) if value.text.strip())
    if not texts:
        return None
    kept = [text for text in texts if text.strip("—-－/ 无")] if field != "goal" else list(texts)
    joined = "".join(text if text.endswith(("。", "；", "！")) or len(kept) == 1 else text + "\n" for text in kept)
    return joined.strip() or None


def _joined(before: str | None, text: str) -> str:
    return f"{before}\n{text}" if before else text


def _stages_in(raw: RawIssue, issue: IssueDraft) -> str:
    """The text whose dates are the stages of an issue: its goal, or its own text where that is a goal."""
    return issue.goal or (issue.text if raw.is_target else "")


def _says_nothing(issue: IssueDraft) -> bool:
    """完成情况 | 措施数, 已完成 | 6: a small table of counts, drawn like a form, is none of an issue."""
    facts = (issue.text, issue.number, issue.goal, issue.units, issue.measures, issue.deadline, issue.milestones)
    return not any(facts)


def _bare(text: str) -> str:
    found = marker(text)
    return text[found.end :].strip() if found else text


_SECTIONS: Final = re.compile(
    r"(?:主要|整改|反馈|具体|问题|任务|工作|落实|完成|进展)*(?:内容|任务|问题|清单|措施|事项|问题清单|整改落实|任务清单|重点任务|情况|进展)(?:及(?:整改)?措施)?|整改(?:任务)?(?:及|和)?(?:措施)?"
)


def _bare_section(text: str) -> bool:
    return bool(_SECTIONS.fullmatch(text.strip("。：: ")))


def _add_milestone(issue: IssueDraft, day: dt.date, text: str) -> None:
    if all(stone.date != day for stone in issue.milestones):
        issue.milestones.append(MilestoneDraft(day, text))


def _item_number(text: str) -> str | None:
    """A superior's number; of a paper's number with an item (某环督〔2023〕3号第2项) the item's. None where the cell
    only names where the issue comes from."""
    item = re.search(rf"号.{{0,6}}?第?\s?(?P<n>\d{{1,4}}|{HAN_NUMBER})\s?[项条款]", text)
    if item:
        return normalise(item["n"])
    return normalise(text) if re.search(rf"[\dA-Za-z]|{HAN_NUMBER}", text) else None


def _is_tick(text: str) -> bool:
    return bool(re.fullmatch(r"\s*(?:[√✓✔☑✅●■]|是|Y|y|1|V|v|对|R)\s*", text))


def _mirror(issue: IssueDraft, measure: MeasureDraft) -> None:
    """A row with one measure: what the row says stands on both."""
    for name in (
        "state", "progress", "completed_on", "started", "signed_off", "claims_completed", "claims_on_schedule",
        "original_deadline", "difficulty", "next_step", "remark",
    ):  # fmt: skip
        if getattr(measure, name) is None:
            setattr(measure, name, getattr(issue, name))


__all__ = ["assemble", "Role"]
