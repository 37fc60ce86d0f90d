"""What kind of file this is, by its content, and whether it is safe to open: sizes, members, DTDs, macros, encryption.
What stands in it is read elsewhere."""

from __future__ import annotations

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self

from rectify.reading.draft import SheetDraft

Kind = Literal["text", "docx", "xlsx", "xls", "doc"]

LARGEST_FILE: Final = 20 * 1024 * 1024
LARGEST_UNPACKED: Final = 120 * 1024 * 1024
LARGEST_MEMBER: Final = 64 * 1024 * 1024
LONGEST_TEXT: Final = 1_000_000  # characters; a province's plan has a third of it
MOST_LINES: Final = 40_000  # of text or of paragraphs: seconds of reading
MOST_MEMBERS: Final = 3000
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CHUNK: Final = 256 * 1024
_KEPT: Final = re.compile(
    r"word/(?:document\d*|numbering|styles)\.xml|xl/(?:workbook|styles|worksheets/[^/]+)\.xml|\[Content_Types\]\.xml"
)


class Unreadable(Exception):
    """A file that cannot be read. `sentence` is Chinese, one sentence of what is wrong and what to do, its values in
    %(name)s; str() gives it filled in."""

    def __init__(self, sentence: str, **values: object) -> None:
        self.sentence = sentence
        self.values = {name: str(value) for name, value in values.items()}
        super().__init__(sentence % self.values if values else sentence)

    def as_json(self) -> dict[str, Any]:
        return {"sentence": self.sentence, "values": self.values}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError where `as_json` did not make it."""
        return cls(str(data["sentence"]), **data["values"])


@dataclass(slots=True)
class Opened:
    """A file whose kind is known and whose size was counted. `text` for plain text, `parts` for Office files."""

    kind: Kind
    data: bytes
    text: str = ""
    encoding: str | None = None
    parts: dict[str, bytes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    sheets: list[SheetDraft] = field(default_factory=list)  # of a workbook, once it is read


def open_file(data: bytes, name: str, *, old_word: bool = False) -> Opened:
    """Recognises .txt .csv .tsv .docx .xlsx .xls by content; anything else, or anything dangerous, is Unreadable.

    `old_word`: .doc and .wps come back as kind "doc", to be converted by `legacy`, instead of being refused.
    """
    if len(data) > LARGEST_FILE:
        raise Unreadable(
            "文件超过%(most)s MB，无法读取，请删去图片或拆成几个文件后再上传。", most=LARGEST_FILE // 1024 // 1024
        )
    if not data.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise Unreadable("文件是空的，请检查是否选错了文件。")
    ending = name.lower().rpartition(".")[2]
    if ending in ("docm", "dotm", "xlsm", "xltm", "xlsb", "xlam"):
        raise Unreadable("文件可能带有宏，不能上传，请另存为.docx或.xlsx后再上传。")
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"):
        return _open_zip(data)
    if data[:8] == OLE:
        return _open_ole(data, old_word)
    _refuse_other_kinds(data)
    if ending in ("docx", "xlsx"):
        raise Unreadable("文件不是有效的.%(ending)s文件或已损坏，请重新另存后再上传。", ending=ending)
    return _open_text(data)


def _refuse_other_kinds(data: bytes) -> None:
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"%PDF"):
        raise Unreadable("不能读取PDF文件，请上传原来的Word或Excel文件，或把文字粘贴为.txt文件。")
    if head.startswith(b"{\\rtf"):
        raise Unreadable("不能读取RTF文件，请在Word中另存为.docx后再上传。")
    pictures = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")
    if head.startswith(pictures[:-1]) or head.startswith(b"RIFF"):
        raise Unreadable("这是图片或媒体文件，不能读取文字，请上传Word、Excel或文本文件。")
    if re.match(rb"<(?:!doctype|html|\?xml|!--|script|svg|body)", head, re.IGNORECASE):
        raise Unreadable("不能读取网页或XML文件，请把文字复制到Word或.txt文件后再上传。")
    if head.startswith((b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")):
        raise Unreadable("不能读取压缩包，请解压后上传其中的Word、Excel或文本文件。")
    if head.startswith((b"MZ", b"\x7fELF")):
        raise Unreadable("这是程序文件，不能上传，请上传Word、Excel或文本文件。")


# ---------------------------------------------------------------- Office files
def _open_zip(data: bytes) -> Opened:
    try:
        parts, names = _unpack(data)
    except Unreadable:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,
        NotImplementedError,
        KeyError,
        IndexError,
    ) as error:
        raise Unreadable("文件已损坏或不完整，无法打开，请重新另存或重新下载后再上传。") from error
    types = parts.get("[Content_Types].xml", b"")
    if b"macroEnabled" in types or any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Unreadable("文件带有宏，不能上传，请另存为不带宏的.docx或.xlsx后再上传。")
    if "word/document.xml" in names:
        return Opened("docx", data, parts=parts)
    if "xl/workbook.xml" in names:
        return Opened("xlsx", data, parts=parts)
    if "xl/workbook.bin" in names:
        raise Unreadable("不能读取.xlsb文件，请另存为.xlsx后再上传。")
    if "content.xml" in names:
        raise Unreadable("不能读取OpenDocument文件，请另存为.docx或.xlsx后再上传。")
    raise Unreadable("压缩包里没有Word或Excel内容，请上传.docx、.xlsx、.xls、.csv或.txt文件。")


def _unpack(data: bytes) -> tuple[dict[str, bytes], set[str]]:
    """The members that matter, every size counted while unpacking (the directory may lie)."""
    kept: dict[str, bytes] = {}
    names: set[str] = set()
    total = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if len(members) > MOST_MEMBERS:
            raise Unreadable("文件内部的部件过多，可能是恶意文件，请重新另存后再上传。")
        for member in members:
            if member.is_dir():
                continue
            if member.flag_bits & 0x1:
                raise Unreadable("文件设有打开密码，无法读取，请取消密码后再上传。")
            if member.filename in names:
                raise Unreadable("文件内部有重名的部件，可能是恶意文件，请重新另存后再上传。")
            names.add(member.filename)
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Unreadable("文件的压缩方式不常见，无法读取，请重新另存后再上传。")
            is_xml = member.filename.lower().endswith((".xml", ".rels", ".vml"))
            chunks: list[bytes] = []
            size = 0
            with archive.open(member) as stream:
                while chunk := stream.read(_CHUNK):
                    size += len(chunk)
                    total += len(chunk)
                    if total > LARGEST_UNPACKED or is_xml and size > LARGEST_MEMBER:
                        raise Unreadable("文件解开后过大，可能是压缩炸弹，请删去多余内容、重新另存后再上传。")
                    if is_xml:
                        chunks.append(chunk)
            if is_xml:
                content = b"".join(chunks)
                _refuse_dtd(content)
                if _KEPT.fullmatch(member.filename):
                    kept[member.filename] = content
    return kept, names


_DTD: Final = tuple(
    word.encode(encoding)
    for word in ("<!DOCTYPE", "<!ENTITY")
    for encoding in ("ascii", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
)
_ENCODING: Final = re.compile(rb"^[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")


def _refuse_dtd(content: bytes) -> None:
    if any(word in content for word in _DTD):
        raise Unreadable("文件内部含有不允许的定义（DTD或实体），可能是恶意文件，请重新另存后再上传。")
    declared = _ENCODING.match(content[:200])
    if declared and declared[1].lower() not in (b"utf-8", b"utf8", b"utf-16", b"us-ascii", b"ascii", b"iso-8859-1"):
        raise Unreadable("文件内部的编码不常见，无法安全读取，请重新另存后再上传。")


def _open_ole(data: bytes, old_word: bool) -> Opened:
    def has(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if has("EncryptedPackage") or has("EncryptionInfo"):
        raise Unreadable("文件设有打开密码，无法读取，请取消密码后再上传。")
    if has("_VBA_PROJECT"):
        raise Unreadable("文件带有宏，不能上传，请另存为不带宏的.docx或.xlsx后再上传。")
    if has("WordDocument") and old_word:
        if _encrypted_word(data):
            raise Unreadable("文件设有打开密码，无法读取，请取消密码后再上传。")
        return Opened("doc", data)
    if has("WordDocument"):
        raise Unreadable("不能读取.doc或.wps文件，请在Word或WPS中另存为.docx后再上传。")
    if has("Workbook") or has("Book"):
        return Opened("xls", data)
    raise Unreadable("不认识这个文件，请上传.docx、.xlsx、.xls、.csv或.txt文件。")


def _encrypted_word(data: bytes) -> bool:
    """Whether an old Word file's head (it begins a sector, with its magic number) says that the text is encrypted."""
    for at in range(512, len(data) - 12, 512):
        if data[at : at + 2] == b"\xec\xa5":
            return bool(int.from_bytes(data[at + 10 : at + 12], "little") & 0x0100)
    return False


# ---------------------------------------------------------------- text
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def _open_text(data: bytes) -> Opened:
    text, encoding = _decode(data)
    notes = []
    broken = text.count("\ufffd")
    if broken:
        notes.append(f"文件中有{broken}处字符无法辨认，已用“\ufffd”代替，请核对。")
    controls = len(_CONTROLS.findall(text))
    letters = sum(1 for char in text[:20000] if "\u4e00" <= char <= "\u9fff" or char.isascii() and char.isalnum())
    if controls > len(text) * 0.002 or letters < min(len(text), 20000) * 0.2:
        raise Unreadable("文件不是文本，也不是认识的Word或Excel文件，请上传.docx、.xlsx、.xls、.csv或.txt文件。")
    if len(text) > LONGEST_TEXT:
        raise Unreadable("文本超过%(most)s万字，无法读取，请拆成几个文件后再上传。", most=LONGEST_TEXT // 10_000)
    refuse_many_lines(text.count("\n"))
    text = _CONTROLS.sub("", text)
    return Opened("text", data, text.replace("\r\n", "\n").replace("\r", "\n"), encoding, notes=notes)


def refuse_many_lines(count: int) -> None:
    """Unreadable where a text has more lines, or a document more paragraphs, than can be read in seconds."""
    if count > MOST_LINES:
        raise Unreadable("文本超过%(most)s万行，无法读取，请拆成几个文件后再上传。", most=MOST_LINES // 10_000)


def _decode(data: bytes) -> tuple[str, str]:
    """Text with the name of its encoding: by byte-order mark, as UTF-8, as UTF-16 by its zeros, as GB18030."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, "replace"), "UTF-8" if encoding == "utf-8-sig" else encoding.upper()
    try:
        if b"\0" not in data[:4096]:
            return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        pass
    guess = _utf16_without_mark(data)
    if guess:
        return data.decode(guess, "replace"), "UTF-16"
    try:
        return data.decode("gb18030"), "GB18030"
    except UnicodeDecodeError:
        pass
    best = min(
        ((data.decode(name, "replace"), label) for name, label in (("utf-8", "UTF-8"), ("gb18030", "GB18030"))),
        key=lambda pair: pair[0].count("\ufffd"),
    )
    if best[0].count("\ufffd") > max(2, len(best[0]) // 100):
        raise Unreadable("文件的文字编码不认识或文件已损坏，请另存为UTF-8编码的文本后再上传。")
    return best


def _utf16_without_mark(data: bytes) -> str | None:
    """UTF-16 without a mark: line ends leave zeros on one side, Chinese high bytes 4e..9f stand on the same side."""
    sample = data[:4096]
    if len(sample) < 4 or len(data) % 2:
        return None
    for high, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        side = sample[high::2]
        likely = sum(1 for byte in side if byte == 0 or 0x4E <= byte <= 0x9F or byte in (0x30, 0xFF, 0x20, 0x25))
        zeros = side.count(0)
        if zeros and likely >= len(side) * 0.97 and sample[1 - high :: 2].count(0) < zeros:
            return name
    return None
