"""What the server answers by itself, before a request reaches the application: a broken or too large request.

Pages of the application are not made here; these carry the same headers as they (HD-01) and ask the database nothing.
"""

from __future__ import annotations

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from rectify.web import parts

SENTENCES = {
    400: ("请求无法识别", "这个请求的格式不正确，服务器没有处理它。请返回上一页重试，或重新打开系统首页。"),
    413: ("内容过大", "一次提交的内容超过了上限，没有保存。请减少或压缩文件后再提交。"),
    431: ("请求无法识别", "请求的地址或附带信息过长，服务器没有处理它。请清除本网站的Cookie后重新打开系统首页。"),
}
OTHER = ("暂时无法处理", "服务器没有处理这个请求，没有保存任何内容。请稍后再试。")


def page(code: int) -> str:
    """The whole page for a status, in Chinese; the browser's language is not known here."""
    heading, sentence = SENTENCES.get(code, OTHER)
    return (
        f'<!doctype html>\n<html lang="zh-Hans"><head><meta charset="utf-8"><title>{heading} · 整改台账</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="/static/rectify.css"></head><body><main><h1>{heading}</h1><p>{sentence}</p>'
        '<p><a href="/">系统首页</a></p></main></body></html>\n'
    )


def headers(secure: bool) -> list[tuple[str, str]]:
    """The headers of such an answer; `secure` where the public address is https."""
    found = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"), *parts.HEADERS.items()]
    return [*found, ("Strict-Transport-Security", parts.HSTS)] if secure else found


def install(*, secure: bool) -> None:
    """Let waitress answer so; call it before the server is made."""

    class Refusal(ErrorTask):  # type: ignore[misc]
        def execute(self) -> None:
            error = self.request.error
            body = page(error.code).encode()
            self.status = f"{error.code} {error.reason}"
            self.response_headers.extend(headers(secure))
            self.set_close_on_finish()
            self.content_length = len(body)
            self.write(body)

    HTTPChannel.error_task_class = Refusal
