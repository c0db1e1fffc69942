"""TCP_NODELAY for all connections: without it a small answer waits for an acknowledgement (Nagle's algorithm).

Head and body of an answer are written one after the other. On a connection that collects small packets (Nagle's
algorithm) the body waits until the browser has acknowledged the head, which systems put off by some 40 ms. Python
switches that off where a listening socket says that it is of TCP; Streamlit's says it is of the default protocol.
"""

import contextlib
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

DESCRIPTORS = Path("/dev/fd")  # of this process; systems without it go on as they are


@asynccontextmanager
async def for_new_connections(_app: object) -> AsyncIterator[None]:
    """The lifespan of the app: sets the option on listening sockets, from which accepted connections inherit it."""
    for listening in _listening():
        with listening:
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    yield


def _listening() -> Iterator[socket.socket]:
    """The process's listening TCP sockets, each by a descriptor of its own."""
    for name in os.listdir(DESCRIPTORS) if DESCRIPTORS.exists() else ():
        found = _socket_of(int(name))
        if found is None:
            continue
        if found.family in (socket.AF_INET, socket.AF_INET6) and found.getsockopt(
                socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            yield found
        else:
            found.close()


def _socket_of(descriptor: int) -> socket.socket | None:
    """The socket behind a descriptor, by one of its own; None where there is no socket, or it was closed meanwhile."""
    with contextlib.suppress(OSError):
        own = os.dup(descriptor)
        try:
            return socket.socket(fileno=own)
        except OSError:
            os.close(own)  # a file or a pipe: whoever waits for its end must not wait for us
    return None
