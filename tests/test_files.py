"""Files of proof: told by content, kept under their hash, refused where they could do harm, checked when read."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from rectify import files

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
PNG = b"\x89PNG\r\n\x1a\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DOCX, XLSX = "word/document.xml", "xl/workbook.xml"


def book(*parts: str, main: str = DOCX, content: bytes = b"<x/>") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part in ("[Content_Types].xml", main, *parts):
            # A fixed date: the bytes are part of a test's name, and every worker must know it by the same.
            archive.writestr(zipfile.ZipInfo(part), content)
    return out.getvalue()


def photo(size: tuple[int, int] = (40, 30), kind: str = "JPEG", mode: str = "RGB", **more: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, kind, **more)
    return out.getvalue()


# -- what is taken ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("现场.jpg", JPEG, "image/jpeg"),
        ("现场.JPEG", JPEG, "image/jpeg"),
        ("现场.png", PNG, "image/png"),
        ("现场.heic", b"\x00\x00\x00\x18ftypheic\x00\x00", "image/heic"),
        ("批复.pdf", b"%PDF-1.7\n", "application/pdf"),
        ("旧报告.doc", OLE, "application/msword"),
        ("旧台账.xls", OLE, "application/vnd.ms-excel"),
        ("说明.txt", "已完成整改。".encode(), "text/plain"),
        ("说明.txt", "已完成整改。".encode("gb18030"), "text/plain"),
        ("说明.txt", "已完成整改。".encode("utf-16"), "text/plain"),
        ("清单.csv", b"\xef\xbb\xbf" + "序号,名称\n1,管网\n".encode(), "text/csv"),
        ("报告.docx", book(), files.MEDIA["docx"]),
        ("台账.xlsx", book(main=XLSX), files.MEDIA["xlsx"]),
    ],
)
def test_what_an_office_sends_is_taken(tmp_path: Path, name: str, content: bytes, media_type: str) -> None:
    assert files.keep(tmp_path, name, io.BytesIO(content)).media_type == media_type


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("页面.html", b"<html><script>", "不接受“页面.html”"),
        ("图.svg", b"<svg onload='x'>", "不接受"),
        ("程序.exe", b"MZ\x90", "不接受"),
        ("打包.zip", book(), "不接受"),
        ("宏.docm", book(), "不接受"),
        ("宏.xlsm", book(main=XLSX), "不接受"),
        ("没有扩展名", JPEG, "不接受"),
        ("空.pdf", b"", "是空文件"),
        ("改名.jpg", b"<html><script>alert(1)</script>", "内容与扩展名不符"),
        ("改名.png", JPEG, "内容与扩展名不符"),
        ("改名.pdf", b"MZ\x90\x00", "内容与扩展名不符"),
        ("改名.txt", b"<!DOCTYPE html><script>", "内容与扩展名不符"),
        ("改名.csv", "\ufeff <svg onload=x>".encode("utf-16"), "内容与扩展名不符"),
        ("改名.txt", b"MZ\x90\x00\x03", "内容与扩展名不符"),
        ("改名.txt", b"a\x00b", "内容与扩展名不符"),
        ("改名.txt", b"\xff\xff\xff\xff\xff\xff\xff\xff", "内容与扩展名不符"),
        ("改名.docx", book(main=XLSX), "内容与扩展名不符"),
        ("压缩.docx", book(main="a/b.txt"), "内容与扩展名不符"),
        ("带宏.docx", book("word/vbaProject.bin"), "含有宏或程序"),
        ("带程序.xlsx", book("xl/embeddings/run.exe", main=XLSX), "含有宏或程序"),
        ("套压缩.docx", book("word/embeddings/more.zip"), "含有宏或程序"),
        ("损坏.docx", book()[:40], "已损坏"),
        ("损坏.xlsx", b"PK\x03\x04" + b"\x00" * 50, "已损坏"),
        ("成员过多.docx", book(*(f"word/{i}.xml" for i in range(5001))), "展开后过大"),
        ("很大.pdf", b"%PDF-" + b"0" * files.MAX_BYTES, "超过20 MB"),
    ],
)
def test_what_could_do_harm_is_refused_with_a_sentence_and_nothing_is_kept(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    with pytest.raises(files.NotAllowed, match=sentence):
        files.keep(tmp_path, name, io.BytesIO(content))

    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_an_archive_whose_parts_unfold_beyond_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 10_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(DOCX, b"<x/>")
        for i in range(6):
            archive.writestr(f"word/media/{i}.bin", bytes(100_000))
    out.seek(0)

    with pytest.raises(files.NotAllowed, match="展开后过大"):
        files.keep(tmp_path, "炸弹.docx", out)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\照片\\现场.jpg", "现场.jpg"),
        ("一\r\nSet-Cookie: x.pdf", "一Set-Cookie: x.pdf"),
        ("a\x00b.pdf", "ab.pdf"),
        ("gpj.\u202egnp.pdf", "gpj.gnp.pdf"),
        ("汉" * 300 + ".pdf", "汉" * 196 + ".pdf"),
        ("引\"号'.pdf", "引\"号'.pdf"),
        ("=cmd|' /C calc'!A0.csv", "C calc'!A0.csv"),
        ("...", "未命名"),
        ("", "未命名"),
        ("\ud800.pdf", "pdf"),
    ],
)
def test_a_name_is_kept_as_data_only(name: str, clean: str) -> None:
    assert files.clean_name(name) == clean


# -- keeping and reading ---------------------------------------------------------------------------------------------


def test_a_file_lies_under_its_hash_readable_by_the_owner_alone(tmp_path: Path) -> None:
    stored = files.keep(tmp_path, "现场.jpg", io.BytesIO(JPEG))

    path = tmp_path / "evidence" / stored.sha256[:2] / stored.sha256
    assert path.read_bytes() == JPEG and stored.size == len(JPEG)
    assert os.name != "posix" or path.stat().st_mode & 0o777 == 0o600


def test_the_same_content_twice_is_one_file_and_no_draft_is_left(tmp_path: Path) -> None:
    one = files.keep(tmp_path, "一.jpg", io.BytesIO(JPEG))
    two = files.keep(tmp_path, "二.jpg", io.BytesIO(JPEG))

    assert one == two
    assert len([p for p in tmp_path.rglob("*") if p.is_file()]) == 1


def test_a_nearly_full_disk_refuses_uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_free", lambda _: 1000)

    with pytest.raises(files.NotAllowed, match="存储空间不足"):
        files.keep(tmp_path, "现场.jpg", io.BytesIO(JPEG))


def test_a_kept_file_reads_back_whole(tmp_path: Path) -> None:
    stored = files.keep(tmp_path, "现场.jpg", io.BytesIO(JPEG))

    with files.open_checked(tmp_path, stored.sha256) as kept:
        assert kept.read() == JPEG


def test_a_changed_or_missing_file_is_told(tmp_path: Path) -> None:
    stored = files.keep(tmp_path, "现场.jpg", io.BytesIO(JPEG))
    path = files.path_of(tmp_path, stored.sha256)

    path.write_bytes(JPEG + b"!")
    with pytest.raises(files.Broken, match="was changed"):
        files.open_checked(tmp_path, stored.sha256)
    path.unlink()
    with pytest.raises(files.Broken, match="cannot be opened"):
        files.open_checked(tmp_path, stored.sha256)


# -- pictures --------------------------------------------------------------------------------------------------------


def test_a_picture_is_encoded_anew_small_upright_and_without_metadata(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # held on its side
    exif[0x010E] = "经纬度"
    stored = files.keep(tmp_path, "现场.jpg", io.BytesIO(photo((4000, 3000), exif=exif.tobytes())))

    shown = files.picture(tmp_path, stored.sha256)

    assert shown is not None
    with Image.open(io.BytesIO(shown)) as image:
        assert image.format == "JPEG"
        assert image.size == (1200, 1600)
        assert not dict(image.getexif())


def test_a_transparent_picture_stands_on_white(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    stored = files.keep(tmp_path, "章.png", io.BytesIO(out.getvalue()))

    shown = files.picture(tmp_path, stored.sha256)

    assert shown is not None
    with Image.open(io.BytesIO(shown)) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("content", [JPEG + b"broken", PNG, photo()[:200]])
def test_a_picture_that_cannot_be_read_is_none(tmp_path: Path, content: bytes) -> None:
    stored = files.keep(tmp_path, "坏图.jpg" if content[:1] == b"\xff" else "坏图.png", io.BytesIO(content))

    assert files.picture(tmp_path, stored.sha256) is None


def test_a_picture_of_too_many_pixels_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = files.keep(tmp_path, "大图.png", io.BytesIO(photo((100, 100), "PNG")))
    monkeypatch.setattr(files, "MAX_PIXELS", 9_999)

    assert files.picture(tmp_path, stored.sha256) is None
