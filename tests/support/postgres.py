"""A PostgreSQL server of the tests' own: found, started for the run and thrown away; never one that is already there.

One server a run. The pytest process that starts the workers calls `share_one_server`; a worker's `server()` then finds
its address in the environment. What tables a database holds is not known here: conftest makes a template and copies it.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql

SHARED = "RECTIFY_TEST_DATABASE_URL"
OWNER = "postgres"
IN_MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30
"""Bytes that must be free in memory for a server to live there; it takes about one, databases being dropped early."""


class Missing(RuntimeError):
    """There is no PostgreSQL server program on this machine."""


def find_programs() -> Path | None:
    """The folder that holds initdb and pg_ctl, the newest where there are several; None where there is none."""
    on_path = shutil.which("pg_ctl")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: [int(part) for part in folder.parent.name.split(".") if part.isdigit()],
        reverse=True,
    )
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The address of a server's first database, `postgresql+psycopg://…`: the run's shared server, else a new one."""
    shared = os.environ.get(SHARED)
    if shared:
        yield shared
        return
    programs = find_programs()
    if programs is None:
        raise Missing("PostgreSQL is not installed: on Debian, apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="rectify-pg-", dir=_home()))
    try:
        run = _runner(folder)
        data = folder / "data"
        run([programs / "initdb", "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"])
        port = _start(run, programs, data)
        try:
            yield f"postgresql+psycopg://{OWNER}@127.0.0.1:{port}/postgres"
        finally:
            run([programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _home() -> Path | None:
    """Where a server's files go: a database a test is eleven megabytes each, which a disk is slow to take."""
    with contextlib.suppress(OSError):
        if shutil.disk_usage(IN_MEMORY).free > ROOM and os.access(IN_MEMORY, os.W_OK):
            return IN_MEMORY
    return None


def share_one_server(add_cleanup: Callable[[Callable[[], Any]], Any]) -> str:
    """Starts the run's server and leaves its address for the workers; `add_cleanup` is pytest's config.add_cleanup."""
    stack = contextlib.ExitStack()
    url = stack.enter_context(server())
    before = os.environ.get(SHARED)
    os.environ[SHARED] = url
    if before is None:
        stack.callback(os.environ.pop, SHARED, None)
    add_cleanup(stack.close)
    return url


def fresh_database(admin_url: str, template: str | None = None) -> str:
    """A new database on the server at `admin_url`, empty or a copy of the one at the address `template`; its address.

    A database that is copied may have no connection open, so dispose of its engine first.
    """
    name = f"rectify_{uuid.uuid4().hex[:16]}"
    source = _database_of(template) if template else "template0"
    with psycopg.connect(_libpq(admin_url), autocommit=True) as connection:
        for patience in range(20):
            try:
                create = sql.SQL("CREATE DATABASE {} TEMPLATE {}" + _way_to_copy(connection))
                connection.execute(create.format(sql.Identifier(name), sql.Identifier(source)))
                break
            except psycopg.errors.ObjectInUse:
                # A backend whose client has just hung up takes a moment to end, and another worker may be copying.
                if patience == 19:
                    raise
                time.sleep(0.1)
    return admin_url.rsplit("/", 1)[0] + "/" + name


def _way_to_copy(connection: psycopg.Connection[Any]) -> LiteralString:
    """In memory whole files are copied fastest, at half the cost; on a disk, and before 15, it is left to the server."""
    row = connection.execute("SHOW data_directory").fetchone()
    in_memory = row is not None and IN_MEMORY in Path(row[0]).parents
    return " STRATEGY FILE_COPY" if in_memory and connection.info.server_version >= 150_000 else ""


def drop_database(admin_url: str, url: str) -> None:
    """Throws away what `fresh_database` made, connections and all."""
    with psycopg.connect(_libpq(admin_url), autocommit=True) as connection:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(drop.format(sql.Identifier(_database_of(url))))


def _runner(folder: Path) -> Callable[[list[Any]], None]:
    """Runs a server program quietly; as root, in the name of a user without rights, for PostgreSQL refuses root."""
    account: dict[str, Any] = {}
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        user, group = _unprivileged()
        os.chown(folder, user, group)
        account = {"user": user, "group": group, "extra_groups": []}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}

    def run(command: list[Any]) -> None:
        # To a file, not a pipe: the server that pg_ctl leaves behind would hold a pipe open for ever.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                [str(part) for part in command],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                check=False,
                **account,
            )
            if done.returncode:
                said.seek(0)
                raise RuntimeError(f"{command[0]} failed: {said.read().decode(errors='replace')}")

    return run


def _unprivileged() -> tuple[int, int]:
    import pwd  # not on Windows, where nobody is root

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            account = pwd.getpwnam(name)
            return account.pw_uid, account.pw_gid
    raise Missing("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")


def _start(run: Callable[[list[Any]], None], programs: Path, data: Path) -> int:
    """Starts the server on a free loopback port and returns that; another process may snatch it, so it tries again."""
    safe_to_lose = "-F -c synchronous_commit=off -c full_page_writes=off -c max_wal_size=256MB -c max_connections=200"
    # A thousand databases that live for a second each: a vacuum would go round them all the time, for nothing.
    in_haste = "-c autovacuum=off -c jit=off"
    for attempt in range(5):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' {safe_to_lose} {in_haste}"
        try:
            run([programs / "pg_ctl", "-D", data, "-l", data / "log", "-w", "-t", "60", "-o", options, "start"])
            return port
        except RuntimeError:
            if attempt == 4:
                raise
    raise AssertionError("unreachable")


def _libpq(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _database_of(url: str) -> str:
    return url.rsplit("/", 1)[1].split("?", 1)[0]
