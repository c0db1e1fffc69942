"""Connections to a server whose listening socket does not say that it is of TCP."""

import asyncio
import os
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from pages.shared import no_delay

needs_descriptors = pytest.mark.skipif(not no_delay.DESCRIPTORS.exists(),
                                       reason="this system does not list a process's descriptors")


async def started() -> None:
    """The start of the server, and its end."""
    async with no_delay.for_new_connections(None):
        pass


def start() -> None:
    """The same in a thread of its own: in this one the loop of a shared browser may be running."""
    with ThreadPoolExecutor() as another_thread:
        another_thread.submit(lambda: asyncio.run(started())).result()


@needs_descriptors
def test_a_connection_after_the_start_sends_small_parts_at_once():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0) as listening, socket.socket() as browser:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        start()
        browser.connect(listening.getsockname())
        with listening.accept()[0] as connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@needs_descriptors
def test_the_start_holds_no_pipe_open():
    read, write = os.pipe()
    start()
    os.close(write)
    os.set_blocking(read, False)
    assert os.read(read, 1) == b"", "somebody still holds the end that writes"
    os.close(read)
