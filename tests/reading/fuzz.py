"""Broken files in any number: `python -m tests.reading.fuzz KIND FIRST LAST` reads them in this process, under the limits
of the child that reads uploads, and prints what became of each. File number N of a kind is the same each time.

A file that takes more than SECONDS of processor time ends the process by SIGPROF, one that wants too much memory inside
the Rust reader by SIGABRT; the last line says which it was."""

from __future__ import annotations

import io
import json
import os
import random
import re
import resource
import signal
import sys
import time
import traceback
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

from rectify import writing
from rectify.reading import MEMORY, Unreadable, read
from rectify.reading.draft import PlanDraft

FIXTURES = Path(__file__).parents[1] / "fixtures"
SECONDS = 5  # of processor time for one file
KINDS = ("docx", "xlsx", "xls", "csv", "txt", "doc")
Change = Callable[[bytes, random.Random], bytes]


def seeds(kind: str) -> list[bytes]:
    """The whole files that are broken: all our fixtures of a kind, and our own form."""
    folders = ("plans", "blind", "unseen", "legacy")
    found = [file.read_bytes() for name in folders for file in sorted((FIXTURES / name).glob(f"*.{kind}"))]
    if kind == "xlsx":
        found.append(writing.template_xlsx())
    if kind == "docx":
        found.append(writing.template_docx())
    if kind == "csv":
        found.append((FIXTURES / "plans" / "pipe_table.txt").read_bytes())
    return found


# ---------------------------------------------------------------- bytes
def flip(data: bytes, chance: random.Random) -> bytes:
    body = bytearray(data)
    for _ in range(chance.randrange(1, 12)):
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    return bytes(body)


def cut_out(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at + chance.randrange(1, 400) :]


def double(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at : at + chance.randrange(1, 400)] * chance.randrange(2, 6) + data[at:]


def overwrite(data: bytes, chance: random.Random) -> bytes:
    at, length = chance.randrange(len(data)), chance.randrange(1, 64)
    filling = chance.choice([b"\0", b"\xff", b"\x80", b"<", b"&", b"1"])
    return data[:at] + filling * length + data[at + length :]


def truncate(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def surround(data: bytes, chance: random.Random) -> bytes:
    junk = chance.randbytes(chance.randrange(1, 600))
    return chance.choice([junk + data, data + junk, data + data])


BYTES: tuple[Change, ...] = (flip, flip, cut_out, double, overwrite, truncate, surround)


# ---------------------------------------------------------------- sectors of old files
def swap_sectors(data: bytes, chance: random.Random) -> bytes:
    count = max(1, len(data) // 512)
    body = bytearray(data)
    for _ in range(chance.randrange(1, 6)):
        one, other = chance.randrange(count) * 512, chance.randrange(count) * 512
        body[one : one + 512], body[other : other + 512] = body[other : other + 512], body[one : one + 512]
    return bytes(body)


def wrong_number(data: bytes, chance: random.Random) -> bytes:
    """A length, an index or a sector number is another one: old files are made of them."""
    body = bytearray(data)
    for _ in range(chance.randrange(1, 8)):
        at = chance.randrange(0, max(1, len(body) - 4), 2)
        value = chance.choice(
            [0, 1, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF, chance.randrange(1 << 32)]
        )
        width = chance.choice([2, 4])
        body[at : at + width] = (value & ((1 << 8 * width) - 1)).to_bytes(width, "little")
    return bytes(body)


def wrong_head(data: bytes, chance: random.Random) -> bytes:
    return data[:8] + wrong_number(data[8:512], chance) + data[512:]


OLE: tuple[Change, ...] = (*BYTES, swap_sectors, wrong_number, wrong_number, wrong_number, wrong_head)


# ---------------------------------------------------------------- XML
NASTY = (
    "", "0", "-1", "1.5", "99999999999999999999", "NaN", "true", "XFD1048576", "A0", "ZZZZ1", "A1:XFD1048576", "A1:A1",
    "\u202e倒", "责任单位：甲局", "整改时限：2026年2月30日前", "（" * 50, "一、" * 50, "2020年底前，" * 40, "\ufffd\ufeff",
    "9" * 400, "是□否☑", "合计", "rId99", "chineseCounting", "%1%2%3%9", "_x0000_", "&amp;&lt;", "&#xD800;", "&#0;", "&no;",
)  # fmt: skip
_ATTRIBUTE = re.compile(rb'="[^"<]{0,300}"')
_TEXT = re.compile(rb">[^<]{1,400}<")
_TAG = re.compile(rb"<([A-Za-z][\w:]*)(?:\s[^<>]*)?>")
_ANY = re.compile(rb"<[^<>]{1,300}>")


def attribute(data: bytes, chance: random.Random) -> bytes:
    return _somewhere(_ATTRIBUTE, data, chance, lambda _: b'="' + chance.choice(NASTY).encode() + b'"')


def text(data: bytes, chance: random.Random) -> bytes:
    return _somewhere(_TEXT, data, chance, lambda _: b">" + chance.choice(NASTY).encode() + b"<")


def drop_tag(data: bytes, chance: random.Random) -> bytes:
    return _somewhere(_ANY, data, chance, lambda _: b"")


def repeat(data: bytes, chance: random.Random) -> bytes:
    """One element, many times over."""
    found = _element(data, chance)
    if found is None:
        return double(data, chance)
    start, end = found
    times = min(chance.choice([2, 10, 100, 2000]), max(2, 3_000_000 // (end - start)))
    return data[:start] + data[start:end] * times + data[end:]


def nest(data: bytes, chance: random.Random) -> bytes:
    """One element inside itself, over and over."""
    found = _element(data, chance)
    if found is None:
        return double(data, chance)
    start, end = found
    opening = _TAG.match(data, start)
    assert opening is not None
    times = chance.choice([2, 20, 200, 3000])
    return data[:start] + opening[0] * times + data[start:end] + (b"</" + opening[1] + b">") * times + data[end:]


def move(data: bytes, chance: random.Random) -> bytes:
    found = _element(data, chance)
    if found is None:
        return cut_out(data, chance)
    start, end = found
    rest = data[:start] + data[end:]
    spots = [match.start() for match in _ANY.finditer(rest)]
    at = chance.choice(spots) if spots else 0
    return rest[:at] + data[start:end] + rest[at:]


def entities(data: bytes, chance: random.Random) -> bytes:
    kinds = (
        b'<!DOCTYPE a [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;">]>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        b"<?xml-stylesheet href='a'?>",
        b"<!-- " + b"-" * chance.randrange(200) + b" -->",
        b"<![CDATA[" + "责任单位：甲局".encode() + b"]]>",
    )
    at = data.find(b">") + 1 if chance.random() < 0.5 else chance.randrange(len(data))
    return data[:at] + chance.choice(kinds) + data[at:]


def encoding(data: bytes, chance: random.Random) -> bytes:
    body = data.decode("utf-8", "replace").split("?>", 1)[-1]
    name = chance.choice(["utf-8", "utf-16", "utf-16-le", "utf-32", "gb18030", "iso-8859-1", "utf-7"])
    declared = chance.choice([name, "utf-8", "UTF-16", "none"])
    return f'<?xml version="1.0" encoding="{declared}"?>{body}'.encode(name, "replace")


XML: tuple[Change, ...] = (
    *[attribute] * 5, *[text] * 5, *[repeat] * 3, nest, nest, move, move, drop_tag, entities, encoding, flip, cut_out,
    double, overwrite, truncate,
)  # fmt: skip


def _somewhere(
    what: re.Pattern[bytes], data: bytes, chance: random.Random, change: Callable[[re.Match[bytes]], bytes]
) -> bytes:
    spots = list(what.finditer(data))
    for match in sorted(chance.sample(spots, min(len(spots), chance.randrange(1, 8))), key=lambda m: -m.start()):
        data = data[: match.start()] + change(match) + data[match.end() :]
    return data


def _element(data: bytes, chance: random.Random) -> tuple[int, int] | None:
    """[start, end) of some element, up to the next end of its name."""
    spots = list(_TAG.finditer(data))
    for match in chance.sample(spots, min(len(spots), 5)):
        closing = b"</" + match[1] + b">"
        end = data.find(closing, match.end())
        if end >= 0 and not match[0].endswith(b"/>"):
            return match.start(), end + len(closing)
    return None


# ---------------------------------------------------------------- Office files
_READ = re.compile(r"word/(?:document|numbering|styles)\.xml|xl/(?:workbook|styles|sharedStrings)\.xml|xl/worksheets/.*\.xml"
                   r"|.*\.rels|\[Content_Types\]\.xml")  # fmt: skip


def inside(data: bytes, chance: random.Random) -> bytes:
    """The XML behind the checksums."""
    members = _members(data) or {"a.xml": b""}
    weighed = [name for name in members if _READ.fullmatch(name)]
    main = [name for name in weighed if "document" in name or "sheet" in name or "Strings" in name]
    name = chance.choice((main if chance.random() < 0.7 else weighed) or list(members))
    for _ in range(chance.randrange(1, 3)):
        if members[name]:
            members[name] = chance.choice(XML)(members[name], chance)
    return _packed(list(members.items()), chance)


def members(data: bytes, chance: random.Random) -> bytes:
    """Parts gone, emptied, exchanged, renamed, twice there, or archives themselves."""
    held = list(_members(data).items()) or [("a.xml", b"")]
    at, other = chance.randrange(len(held)), chance.randrange(len(held))
    name, content = held[at]
    match chance.randrange(7):
        case 0:
            del held[at]
        case 1:
            held[at] = (name, b"")
        case 2:
            held[at], held[other] = (name, held[other][1]), (held[other][0], content)
        case 3:
            held[at] = (
                chance.choice(["../a.xml", "/etc/a", "a\\b.xml", name.upper(), "word/document2.xml", "\u202e"]),
                content,
            )
        case 4:
            held.append((name, held[other][1]))
        case 5:
            held.append(("word/embeddings/a.docx", data))
        case _:
            held[at] = (name, content + b" " * chance.randrange(2_000_000))
    return _packed(held, chance)


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(held: list[tuple[str, bytes]], chance: random.Random) -> bytes:
    target = io.BytesIO()
    how = chance.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED])
    with zipfile.ZipFile(target, "w", how) as archive:
        for name, content in held:
            archive.writestr(zipfile.ZipInfo(name), content, how)
    return target.getvalue()


OFFICE: tuple[Change, ...] = (*[inside] * 12, members, members, *BYTES[1:])


# ---------------------------------------------------------------- text
PIECES = (
    "\n整改时限：2026年2月30日前\n", "\n一、", "（牵头单位：", "）", "\t", ",", "|", "\n\n", "\0", "\u202e", "\ufeff", "责任单位：",
    '"', "整改措施：1.", "；2.", "①", "（1）", "长期坚持", "三个月内", "合计 3项问题 9条措施", "　", "\r", "整改目标：", "—" * 30, "第99999999项",
    "2026年6月底前完成" * 30, "甲市、" * 200, "序号\t问题\t措施\n1\ta\tb\n",
)  # fmt: skip


def words(data: bytes, chance: random.Random) -> bytes:
    """Pieces of plans where they do not belong; lines taken out, doubled, mixed; then written in some encoding."""
    whole = data.decode("utf-8", "ignore") if b"\0" not in data else data.decode("utf-16", "ignore")
    lines = whole.split("\n")
    for _ in range(chance.randrange(1, 10)):
        at = chance.randrange(len(lines))
        match chance.randrange(6):
            case 0:
                spot = chance.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:spot] + chance.choice(PIECES) + lines[at][spot:]
            case 1:
                del lines[at : at + chance.randrange(1, 6)]
            case 2:
                lines[at:at] = lines[at : at + chance.randrange(1, 6)] * chance.choice([2, 5, 200])
            case 3:
                lines[at] = "".join(lines[at : at + 5])
            case 4:
                old, new = (
                    chance.choice([",", "\t", "：", "、", "。", "\n"]),
                    chance.choice(["\t", ",", "|", ":", "", " "]),
                )
                lines = "\n".join(lines).replace(old, new).split("\n")
            case _:
                chance.shuffle(lines)
        lines = lines or [""]
        if sum(map(len, lines)) > 1_000_000:
            break
    names = ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "big5", "shift-jis"]
    made = "\n".join(lines).encode(chance.choice(names), "replace")
    return flip(made, chance) if made and chance.random() < 0.3 else made


TEXT: tuple[Change, ...] = (words, words, words, words, *BYTES)

CHANGES: dict[str, tuple[Change, ...]] = {
    "docx": OFFICE, "xlsx": OFFICE, "xls": OLE, "doc": OLE, "csv": TEXT, "txt": TEXT,
}  # fmt: skip


def broken(kind: str, number: int, whole: list[bytes]) -> bytes:
    """File `number` of a kind: one of the whole ones, changed once or twice."""
    chance = random.Random(f"rectify/{kind}/{number}")
    data = chance.choice(whole)
    for _ in range(chance.choice([1, 1, 2])):
        change = chance.choice(CHANGES[kind])
        data = change(data, chance) if data else data
        if change in BYTES:  # what wraps the content may not open any more
            break
    return data


# ---------------------------------------------------------------- a run
def outcome(kind: str, data: bytes) -> tuple[str, str]:
    """(what a person is told of a file, "" where it is read; what is wrong with that)."""
    try:
        draft = read(data, f"a.{kind}")
    except Unreadable as refused:
        sentence = str(refused)
        return re.sub(r"\d+", "N", sentence), "" if sentence.endswith("。") and "请" in sentence else sentence
    except Exception as error:  # what a fuzzer is for
        return "", f"{error!r} {traceback.format_exc()[-800:]}"
    same = PlanDraft.from_json(json.loads(json.dumps(draft.as_json()))) == draft
    return "", "" if same else "the draft is another one as JSON"


def run(kind: str, first: int, last: int) -> None:
    """Reads the files from `first` to before `last`; a line on standard output for each, before and after."""
    whole = seeds(kind)
    for number in range(first, last):
        print(json.dumps({"begins": number}), flush=True)
        data = broken(kind, number, whole)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        began = time.process_time()
        told, wrong = outcome(kind, data)
        spent = time.process_time() - began
        signal.setitimer(signal.ITIMER_PROF, 0)
        peak = _peak()
        line = {"ends": number, "told": told, "wrong": wrong, "seconds": spent, "peak": peak}
        print(json.dumps(line, ensure_ascii=False), flush=True)


def _peak() -> int:
    """The most memory this process had, in MiB. Linux's own count: `ru_maxrss` remembers the parent's too, and that of a
    whole run of tests grows."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")  # about parts twice in an archive, which are meant
    os.environ["PATH"] = ""  # nothing is started: not LibreOffice either
    run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
