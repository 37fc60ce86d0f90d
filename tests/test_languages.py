"""Chinese first, English complete (R51): every text a page may show has its English, and none escapes the catalogue."""

from __future__ import annotations

import ast
import re
from collections import Counter

from tests.support import texts

PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|%[sd%]")
CHINESE_BY_NATURE = re.compile("中文|名称|上级单位|地区|别名|序时|时序|长期坚持|立行立改|整改提醒|放假|上班|元旦")
"""The language's own name, words that a sheet must have, and words that stand in a Chinese paper."""
BARE = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->", re.DOTALL)


def test_every_text_has_its_english() -> None:
    catalogue = texts.catalogue()

    missing = [
        f"{place}: {text}"
        for text, place in texts.all_texts().items()
        if (message := catalogue.get(text[0] if isinstance(text, tuple) else text)) is None
        or message.fuzzy
        or not texts._said(message.string)
    ]

    assert missing == []


def test_the_english_keeps_every_placeholder_and_no_chinese() -> None:
    wrong = []
    for message in texts.catalogue():
        if not message.id:
            continue
        wanted = Counter(PLACEHOLDER.findall(message.id if isinstance(message.id, str) else message.id[-1]))
        said = [message.string] if isinstance(message.string, str) else list(message.string)[-1:]
        for string in said:
            if Counter(PLACEHOLDER.findall(string)) != wanted or texts.SIGNS.search(CHINESE_BY_NATURE.sub("", string)):
                wrong.append((message.id, string))

    assert wrong == []


def test_templates_show_no_chinese_that_is_not_marked() -> None:
    guilty = []
    for path in sorted((texts.ROOT / "templates").rglob("*.html")):
        name = path.relative_to(texts.ROOT / "templates").as_posix()
        if name.startswith("mail/") or name == "errors/500.html":  # the 500 page asks nothing: it speaks both
            continue
        bare = BARE.sub("", path.read_text(encoding="utf-8"))
        if texts.SIGNS.search(bare.replace("中文", "")):  # the name of the language itself
            guilty.append((name, texts.SIGNS.findall(bare)[:10]))

    assert guilty == []


def test_pages_build_no_chinese_from_pieces() -> None:
    """An f-string cannot be looked up in a catalogue; `_("…%(name)s…", name=…)` can."""
    guilty = []
    for path in texts.sources():
        if "web" not in path.parts and path.name not in ("progress.py", "rounds.py", "files.py"):
            continue
        if path.name == "gate.py":  # answers before there is a language to ask
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr) and any(
                isinstance(piece, ast.Constant) and texts.CJK.search(str(piece.value)) for piece in node.values
            ):
                guilty.append(f"{path.relative_to(texts.ROOT)}:{node.lineno}")

    assert guilty == []


def test_why_a_file_is_not_read_is_a_whole_sentence_with_its_values() -> None:
    """A page looks the sentence up, so that it must stand in one piece and name what fills it."""
    calls = list(texts.refusals())

    guilty = [
        f"{path.relative_to(texts.ROOT)}:{call.lineno}"
        for path, call in calls
        if not (len(call.args) == 1 and isinstance(call.args[0], ast.Constant))
        or Counter(PLACEHOLDER.findall(call.args[0].value)) != Counter(f"%({value.arg})s" for value in call.keywords)
    ]

    assert calls and guilty == []
