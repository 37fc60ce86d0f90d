"""Old Word files (.doc, and .wps, which is the same format) → .docx, by LibreOffice where it is installed.
A process of its own with its own home, one at a time, with a time limit; the .docx is then read like any other."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rectify.reading.opening import LARGEST_FILE, Unreadable

SECONDS: Final = 60
WAIT: Final = 45  # seconds that one file waits for another
MEMORY: Final = 4 * 1024 * 1024 * 1024
_PROGRAMS: Final = ("soffice", "libreoffice")
NOTE: Final = "这是.doc或.wps文件，已用LibreOffice转换后读取，请核对编号和合并的单元格。"
_turn = threading.Lock()

# No macros, no linked pictures, no network: what a file asks for from elsewhere is not fetched.
_PROFILE: Final = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
{items}</oor:items>
"""
_SETTINGS: Final = (
    ("/org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("/org.openoffice.Inet/Settings", "ooInetProxyType", "2"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)


def program() -> str | None:
    """The path of LibreOffice, or None where it is not installed."""
    return next((path for name in _PROGRAMS if (path := shutil.which(name))), None)


def to_docx(data: bytes) -> bytes:
    """The .docx that LibreOffice makes of an old Word file. Raises Unreadable: not installed, busy, too slow, broken."""
    found = program()
    if found is None:
        raise Unreadable("这台服务器没有安装LibreOffice，不能读取.doc或.wps文件，请在Word或WPS中另存为.docx后再上传。")
    with _one_at_a_time(), tempfile.TemporaryDirectory(prefix="rectify-doc-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source, target = folder / "plan.doc", folder / "out" / "plan.docx"
        source.write_bytes(data)
        profile = folder / "profile" / "user"
        profile.mkdir(parents=True)
        items = "".join(
            f'<item oor:path="{path}"><prop oor:name="{key}" oor:op="fuse"><value>{value}</value></prop></item>\n'
            for path, key, value in _SETTINGS
        )
        (profile / "registrymodifications.xcu").write_text(_PROFILE.format(items=items), encoding="utf-8")
        _run(found, folder, source)
        size = target.stat().st_size if target.is_file() else 0
        if size > LARGEST_FILE:
            raise Unreadable("这个.doc或.wps文件转换后过大，请删去图片、另存为.docx后再上传。")
        made = target.read_bytes() if size else b""
    if not made.startswith(b"PK"):
        raise Unreadable("LibreOffice打不开这个.doc或.wps文件，可能已损坏或设有密码，请另存为.docx后再上传。")
    return made


def _run(found: str, folder: Path, source: Path) -> None:
    command = [
        found, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--invisible", "--norestore",
        "--nodefault", "--nofirststartwizard", "--nolockcheck", "--convert-to", "docx:MS Word 2007 XML",
        "--outdir", str(folder / "out"), str(source),
    ]  # fmt: skip
    environment = {"HOME": str(folder), "TMPDIR": str(folder), "PATH": os.defpath, "LANG": "C.UTF-8"}
    try:
        process = subprocess.Popen(  # noqa: S603 - the program we looked up, and names that we made
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise Unreadable("LibreOffice无法启动，不能读取.doc或.wps文件，请另存为.docx后再上传。") from error
    try:
        _limit(process.pid)
        process.wait(SECONDS)
    except subprocess.TimeoutExpired as error:
        raise Unreadable("转换.doc或.wps文件超过%(most)s秒，已停止，请另存为.docx后再上传。", most=SECONDS) from error
    finally:
        _end(process)


def _limit(pid: int) -> None:
    """Memory and the size of what it writes, where the system can bound another process."""
    if sys.platform != "linux":
        return
    import resource

    for kind, amount in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_FSIZE, 10 * LARGEST_FILE)):
        with contextlib.suppress(OSError, ValueError):
            resource.prlimit(pid, kind, (amount, amount))


def _end(process: subprocess.Popen[bytes]) -> None:
    """The starter and all that it started: they are one session."""
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """One conversion a machine: a lock among threads, and a locked file among processes."""
    until = time.monotonic() + WAIT
    if not _turn.acquire(timeout=WAIT):
        raise Unreadable("正在转换别的.doc或.wps文件，请过一分钟再上传。")
    try:
        with _locked_file(until):
            yield
    finally:
        _turn.release()


@contextlib.contextmanager
def _locked_file(until: float) -> Iterator[None]:
    if sys.platform == "win32":
        yield
        return
    import fcntl

    path = Path(tempfile.gettempdir()) / f"rectify-soffice-{os.getuid()}.lock"
    try:
        handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:  # not ours to lock: the threads' lock remains
        yield
        return
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > until:
                    raise Unreadable("正在转换别的.doc或.wps文件，请过一分钟再上传。") from error
                time.sleep(0.1)
        yield
    finally:
        os.close(handle)
