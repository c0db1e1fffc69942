"""Connections to a server whose listening socket does not say that it is of TCP."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from pages.shared import no_delay


async def started() -> None:
    """The start of the server, and its end."""
    async with no_delay.for_new_connections(None):
        pass


@pytest.mark.skipif(not no_delay.DESCRIPTORS.exists(), reason="this system does not list a process's descriptors")
def test_a_connection_after_the_start_sends_small_parts_at_once():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0) as listening, socket.socket() as browser:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        with ThreadPoolExecutor() as another_thread:  # in this one the loop of a shared browser may be running
            another_thread.submit(lambda: asyncio.run(started())).result()
        browser.connect(listening.getsockname())
        with listening.accept()[0] as connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
