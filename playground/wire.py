"""The connection itself, for when it must break."""

import asyncio
from typing import Any

from starlette.requests import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

_open: dict[tuple[str, int], asyncio.Transport] = {}


class CuttableProtocol(H11Protocol):
    """HTTP whose connections can be cut by the address of the client."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        if peer:
            _open[peer[:2]] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client:
            _open.pop(self.client, None)
        super().connection_lost(exc)


def cut(request: Request) -> None:
    """Break the client's connection without another byte."""
    client: Any = request.client
    transport = _open.get((client.host, client.port))
    if transport is not None:
        transport.abort()
