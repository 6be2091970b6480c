"""The one thing the starters ask over HTTP: which status a path answers."""

import asyncio
import http.client


async def status(port: int, path: str) -> int | None:
    """The status code, or none while nobody answers."""
    return await asyncio.to_thread(_status, port, path)


def _status(port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
