"""All lines of a plan's source, with what became of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import render_template, request

from rectify.reading.draft import PlanDraft
from rectify.web import parts
from rectify.web.office import pages, plan_acts, plan_contents
from rectify.web.office.plans import in_view


@dataclass
class SourceLine:
    """A line of the source with what it became."""

    number: int
    text: str
    starts: list[int] = field(default_factory=list)
    """The positions of the issues that begin in it."""
    unread: bool = False


@pages.get("/plans/<int:plan_id>/source")
@parts.enter("office")
def plan_source(plan_id: int) -> str:
    """All lines of a plan's source, page by page, with the issues that begin in them."""
    held = in_view(plan_id)
    draft = PlanDraft.from_json(held.draft)
    pages_count = max(1, plan_contents.source_page(len(draft.source_lines)))
    page = min(max(parts.number(request.args.get("page"), 1) or 1, 1), pages_count)
    first = (page - 1) * plan_contents.LINES_A_PAGE
    unread = {line.line for line in draft.unread}
    lines = {
        n: SourceLine(n, text, unread=n in unread)
        for n, text in enumerate(draft.source_lines[first : first + plan_contents.LINES_A_PAGE], first + 1)
    }
    for i, issue in enumerate(draft.issues):
        if issue.line in lines:
            lines[issue.line].starts.append(i)
    return render_template(
        "office/plan_source.html",
        plan=held,
        draft=draft,
        lines=list(lines.values()),
        page=page,
        pages_count=pages_count,
        page_of=plan_contents.page_of,
        item_name=plan_acts.item_name,
    )
