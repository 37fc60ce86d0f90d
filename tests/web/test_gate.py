"""What the server itself answers to a request that never reaches the application."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
import waitress
from flask import Flask
from waitress.channel import HTTPChannel

from rectify.web import gate, parts


@pytest.fixture
def address(app: Flask) -> Iterator[tuple[str, int]]:
    """A real server on loopback, with the answers of ours."""
    before = HTTPChannel.error_task_class
    gate.install(secure=True)
    server = waitress.create_server(app, host="127.0.0.1", port=0, ident=None, max_request_body_size=10_000)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield "127.0.0.1", server.effective_port
    server.close()
    thread.join(10)
    HTTPChannel.error_task_class = before


def answer_to(address: tuple[str, int], sent: bytes) -> tuple[int, dict[str, str], str]:
    with socket.create_connection(address, timeout=20) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        told = b""
        while piece := line.recv(65536):
            told += piece
    head, _, body = told.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    return int(first.split()[1]), dict(line.split(": ", 1) for line in rest), body.decode()


@pytest.mark.parametrize(
    ("sent", "code", "said"),
    [
        (b"\x00\xff\r\n\r\n", 400, "请求无法识别"),
        (b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "请求无法识别"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: a=\x00\r\n\r\n", 400, "请求无法识别"),
        (b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", 400, "请求无法识别"),
        (b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n", 413, "内容过大"),
        (
            b"POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            + (b"3e8\r\n" + b"x" * 1000 + b"\r\n") * 11,
            413,
            "内容过大",
        ),
        (b"GET /login HTTP/1.1\r\nHost: localhost\r\nX: ".ljust(256 * 1024, b"a"), 431, "请求无法识别"),
    ],
)
def test_a_request_that_the_server_refuses_gets_a_calm_page_with_every_header(
    address: tuple[str, int], sent: bytes, code: int, said: str
) -> None:
    status, headers, body = answer_to(address, sent)

    assert status == code and said in body
    assert {name: headers.get(name) for name in parts.HEADERS} == parts.HEADERS
    assert headers["Strict-Transport-Security"] == parts.HSTS and headers["Cache-Control"] == "no-store"
    assert "Server" not in headers and "waitress" not in body.lower() and "generated" not in body
