"""A person without JavaScript: fetches pages and sends forms, with cookies."""

import http.cookiejar
import mimetypes
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

_TIMEOUT = 60
# The platform lets one address log in or sign up every five seconds, after a few at once.
_PATIENCE = 24
_PAUSE = 5


class FormError(Exception):
    """A page or form was refused."""

    def __init__(self, path: str, status: int, reason: str) -> None:
        super().__init__(f"{path}: {status} {reason}")
        self.status = status


class Browser:
    """One person's browser."""

    def __init__(self, origin: str) -> None:
        self._origin = origin.rstrip("/")
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)

    def page(self, path: str) -> str:
        """The page at a path."""
        return self._send(path, None, {})[1]

    def submit(self, path: str, fields: dict[str, str]) -> str:
        """Sends a form; returns the path it led to."""
        body = urllib.parse.urlencode(fields).encode()
        return self._send(path, body, {"Content-Type": "application/x-www-form-urlencoded"})[0]

    def submit_file(self, path: str, fields: dict[str, str], name: str, filename: str, data: bytes) -> str:
        """Sends a form with a file; returns the path it led to."""
        boundary = uuid.uuid4().hex
        body = b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
            for field, value in fields.items()
        )
        kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
        head = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: {kind}'
        body += f"--{boundary}\r\n{head}\r\n\r\n".encode() + data + f"\r\n--{boundary}--\r\n".encode()
        return self._send(path, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})[0]

    def _send(self, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[str, str]:
        request = urllib.request.Request(self._origin + path, data=body, headers={"Accept": "text/html", **headers})
        if body is not None:
            request.add_header("Origin", self._origin)
        for _ in range(_PATIENCE):
            try:
                with self._opener.open(request, timeout=_TIMEOUT) as response:
                    return urllib.parse.urlsplit(response.url).path, response.read().decode()
            except urllib.error.HTTPError as refusal:
                if refusal.code != 429:
                    raise FormError(path, refusal.code, refusal.reason) from refusal
            time.sleep(_PAUSE)
        raise FormError(path, 429, "still too many requests")
