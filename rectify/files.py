"""Files of proof, and workbooks of plans, on disk: kept under the hash of their content, checked again when they are read.

Rows about them are `progress`' and `ledger`'s; who may read one is decided by pages. Nothing here looks into a file's meaning.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import secrets
import shutil
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_BYTES = 20 * 1024 * 1024
MAX_FILES = 20
EVIDENCE, PLANS = "evidence", "plans"
"""Where contents are kept: proof for ever, the workbook of a plan while the plan waits or can come back."""

FREE_RESERVE = 200 * 1024 * 1024  # below this, uploads are refused while all else keeps running (FI-03)
HEAD = 4096
CHUNK = 256 * 1024
MAX_PIXELS = 60_000_000
PICTURE_EDGE = 1600

MEDIA = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "heic": "image/heic",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "txt": "text/plain",
    "csv": "text/csv",
}
ACCEPT = ".jpg,.jpeg,.png,.heic,.pdf,.docx,.xlsx,.doc,.xls,.txt,.csv"
SHOWN = ("image/jpeg", "image/png")
"""Types of which a re-encoded picture can be shown on a page."""

_ALIASES = {"jpeg": "jpg", "jpe": "jpg", "heif": "heic"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OOXML = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
_MARKUP = (b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script", b"<iframe", b"<!--", b"<body", b"<head")
_WHAT_IS_TAKEN = "可上传照片（jpg、png、heic）、PDF、Word（docx、doc）、Excel（xlsx、xls）和文本（txt、csv）。"


class NotAllowed(ValueError):
    """A file that is not taken. `sentence` is Chinese, its values in %(name)s; str() gives it filled in."""

    def __init__(self, sentence: str, **values: object) -> None:
        self.sentence = sentence
        self.values = {name: str(value) for name, value in values.items()}
        super().__init__(sentence % self.values if values else sentence)


class Broken(OSError):
    """A kept file is gone, or is no longer what was kept. The text names the hash and nothing else."""


@dataclass(frozen=True)
class Stored:
    """A file on disk: hash of its content, size in bytes, and the type told from its content."""

    sha256: str
    size: int
    media_type: str


# -- telling what it is ----------------------------------------------------------------------------------------------


def sniff(name: str, head: bytes) -> str:
    """The media type that both the name's ending and the first bytes agree on; OOXML needs `check_archive` as well.

    Raises NotAllowed: an allow list, so html, svg, programs, macro books and archives are refused whatever their name.
    """
    ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    ending = _ALIASES.get(ending, ending)
    if ending not in MEDIA:
        raise NotAllowed("不接受“%(name)s”这种文件。" + _WHAT_IS_TAKEN, name=clean_name(name))
    if not head:
        raise NotAllowed("“%(name)s”是空文件，请重新选择。", name=clean_name(name))
    if not _looks_like(ending, head):
        raise NotAllowed(
            "“%(name)s”的内容与扩展名不符，请确认文件没有损坏或改名。" + _WHAT_IS_TAKEN, name=clean_name(name)
        )
    return MEDIA[ending]


def _looks_like(ending: str, head: bytes) -> bool:
    if ending == "jpg":
        return head.startswith(b"\xff\xd8\xff")
    if ending == "png":
        return head.startswith(b"\x89PNG\r\n\x1a\n")
    if ending == "heic":
        return head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"heim", b"heis")
    if ending == "pdf":
        return head.startswith(b"%PDF-")
    if ending in ("doc", "xls"):
        return head.startswith(_OLE)
    if ending in ("docx", "xlsx"):
        return head.startswith(b"PK\x03\x04")
    return _is_text(head)


def _is_text(head: bytes) -> bool:
    """Plain text in UTF-8, UTF-16 with its mark, or GB 18030; no markup that a browser could run."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "replace").encode()
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((*_MARKUP, b"mz", b"#!", b"%pdf", b"pk\x03\x04", b"\x7felf")):
        return False
    if any(byte < 32 and byte not in b"\t\n\r\f\x1a" for byte in head):
        return False
    for encoding in ("utf-8", "gb18030"):
        for cut in range(4):  # the head may end inside a character
            with contextlib.suppress(UnicodeDecodeError):
                head[: len(head) - cut].decode(encoding)
                return True
    return False


def check_archive(name: str, media_type: str, stream: IO[bytes]) -> None:
    """Look into an OOXML file's list of parts: the right main part, no macros, no archive inside, bounded (FI-04).

    Raises NotAllowed. Nothing is unpacked.
    """
    wanted = next(e for e, m in MEDIA.items() if m == media_type)
    try:
        parts = zipfile.ZipFile(stream).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError):
        raise NotAllowed("“%(name)s”已损坏，打不开，请重新导出后上传。", name=clean_name(name)) from None
    names = {part.filename.lower() for part in parts}
    if len(parts) > 5000 or sum(part.file_size for part in parts) > 50 * MAX_BYTES:
        raise NotAllowed("“%(name)s”展开后过大，请精简或转为PDF后上传。", name=clean_name(name))
    if any(
        "vbaproject" in part or part.endswith((".exe", ".dll", ".js", ".vbs", ".zip", ".rar", ".7z")) for part in names
    ):
        raise NotAllowed("“%(name)s”含有宏或程序，请另存为不含宏的文件后上传。", name=clean_name(name))
    main = next((ending for part, ending in _OOXML.items() if part in names), "")
    if main != wanted:
        raise NotAllowed(
            "“%(name)s”的内容与扩展名不符，请确认文件没有损坏或改名。" + _WHAT_IS_TAKEN, name=clean_name(name)
        )


def clean_name(name: str) -> str:
    """A client's file name as data: the last part of a path, no control or direction characters, at most 200 long.

    The ending survives a long name. Never used as a path.
    """
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")).strip(" .")
    if len(name) > 200:
        stem, dot, ending = name.rpartition(".")
        name = stem[: 199 - len(ending)] + dot + ending if dot and len(ending) <= 10 else name[:200]
    return name or "未命名"


# -- keeping and reading ---------------------------------------------------------------------------------------------


def keep(data_dir: Path, name: str, stream: IO[bytes]) -> Stored:
    """Take a file in: told by name and content, then stored. Raises NotAllowed with a sentence, and keeps nothing."""
    head = stream.read(HEAD)
    media_type = sniff(name, head)
    stream.seek(0)
    if media_type in (MEDIA["docx"], MEDIA["xlsx"]):
        check_archive(name, media_type, stream)
        stream.seek(0)
    try:
        sha256, size = store(data_dir, stream)
    except TooLarge:
        most = MAX_BYTES // 1024 // 1024
        raise NotAllowed("“%(name)s”超过%(most)s MB，请压缩后上传。", name=clean_name(name), most=most) from None
    return Stored(sha256, size, media_type)


class TooLarge(ValueError):
    """More bytes than a file may have."""


def store(data_dir: Path, stream: IO[bytes], place: str = EVIDENCE) -> tuple[str, int]:
    """Write a stream under the hash of its content: (sha256, size). Whole or not at all: fsync, then rename, 0600.

    Raises TooLarge beyond MAX_BYTES, NotAllowed where the disk is nearly full.
    """
    folder = data_dir / place
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if _free(folder) < FREE_RESERVE:
        raise NotAllowed("服务器存储空间不足，暂不能上传文件，请联系系统管理员。")
    draft = folder / f".incoming-{secrets.token_hex(8)}"
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            while piece := stream.read(CHUNK):
                size += len(piece)
                if size > MAX_BYTES:
                    raise TooLarge(size)
                digest.update(piece)
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        sha256 = digest.hexdigest()
        target = path_of(data_dir, sha256, place)
        target.parent.mkdir(exist_ok=True, mode=0o700)
        os.replace(draft, target)  # the same content over itself: nothing is lost, and a damaged copy is mended
        _sync_folder(target.parent)
    finally:
        draft.unlink(missing_ok=True)
    return sha256, size


def forget(data_dir: Path, sha256: str, place: str) -> None:
    """Remove a content; one that is not there is as good as gone."""
    path_of(data_dir, sha256, place).unlink(missing_ok=True)


def path_of(data_dir: Path, sha256: str, place: str = EVIDENCE) -> Path:
    """Where a content lies: evidence/ab/abcdef…"""
    assert len(sha256) == 64 and set(sha256) <= set("0123456789abcdef"), "a hash, never a client's words"
    return data_dir / place / sha256[:2] / sha256


def open_checked(data_dir: Path, sha256: str, place: str = EVIDENCE) -> IO[bytes]:
    """The file, open at its start, its content checked against the hash first (FI-08).

    Raises Broken where it is gone, cannot be read, or was changed.
    """
    try:
        kept = path_of(data_dir, sha256, place).open("rb")
    except OSError as error:
        raise Broken(f"{place} {sha256} cannot be opened") from error
    try:
        found = hashlib.file_digest(kept, "sha256").hexdigest()
        kept.seek(0)
    except OSError as error:
        kept.close()
        raise Broken(f"{place} {sha256} cannot be read") from error
    if found != sha256:
        kept.close()
        raise Broken(f"{place} {sha256} was changed")
    return kept


def picture(data_dir: Path, sha256: str, edge: int = PICTURE_EDGE) -> bytes | None:
    """The photo as a JPEG of our own encoding, at most `edge` pixels a side, without its metadata (FI-07).

    None where it is no picture that can be read, or has more than MAX_PIXELS. Raises Broken like `open_checked`.
    """
    with open_checked(data_dir, sha256) as kept:
        try:
            with Image.open(kept, formats=("JPEG", "PNG")) as image:
                if image.width * image.height > MAX_PIXELS:
                    return None
                image.draft("RGB", (edge, edge))
                upright = ImageOps.exif_transpose(image)
                upright.thumbnail((edge, edge))
                out = io.BytesIO()
                _on_white(upright).save(out, "JPEG", quality=85)
                return out.getvalue()
        except (
            UnidentifiedImageError,
            Image.DecompressionBombError,
            Image.DecompressionBombWarning,
            OSError,
            ValueError,
            SyntaxError,
        ):
            return None


def _on_white(image: Image.Image) -> Image.Image:
    """Its pixels alone on a new white ground: comments, profiles and places stay behind."""
    ground = Image.new("RGB", image.size, "white")
    if image.mode in ("RGBA", "LA", "P"):
        layer = image.convert("RGBA")
        ground.paste(layer, mask=layer.getchannel("A"))
    else:
        ground.paste(image.convert("RGB"))
    return ground


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
