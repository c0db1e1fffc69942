"""Explanations come one after another in the order they asked, see their place, and can leave."""

import time
from contextlib import suppress
from threading import Event, Thread

import pytest

from ich_model.jobs.queue import Cancelled, FairQueue, Watch

SOON_S = 60.0  # after which it is given up, on a machine however busy


def until(condition) -> None:
    """Waits for something that another thread does."""
    ends = time.monotonic() + SOON_S
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError("expected it within seconds")
        time.sleep(0.005)


def test_a_turn_at_an_empty_line_is_at_once():
    queue, places = FairQueue(), []
    with queue.turn(Watch(on_place=places.append)):
        assert len(queue) == 1
    assert (places, len(queue)) == ([0], 0)


def test_who_waits_sees_their_place_and_is_served_in_order():
    queue, places, served = FairQueue(), {"b": [], "c": []}, []

    def wait(name: str) -> None:
        with queue.turn(Watch(on_place=places[name].append)):
            served.append(name)

    threads = {name: Thread(target=wait, args=(name,)) for name in places}
    with queue.turn(Watch()):
        for number, name in enumerate(threads, 1):
            threads[name].start()
            until(lambda number=number, name=name: places[name] == [number])
    for thread in threads.values():
        thread.join(SOON_S)
    assert served == ["b", "c"]
    assert (places["b"], places["c"][0], places["c"][-1]) == ([1, 0], 2, 0)


def test_never_more_than_allowed_run_at_once():
    queue, running, most = FairQueue(at_once=2), [], []

    def work() -> None:
        with queue.turn(Watch()):
            running.append(1)
            most.append(len(running))
            time.sleep(0.02)
            running.pop()

    threads = [Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON_S)
    assert (max(most), len(queue)) == (2, 0)


def test_who_is_stopped_while_waiting_leaves_the_line():
    queue, stop, left = FairQueue(), Event(), Event()

    def wait() -> None:
        with pytest.raises(Cancelled, match="was stopped"), queue.turn(Watch(stop=stop)):
            pass
        left.set()

    with queue.turn(Watch()):
        Thread(target=wait).start()
        until(lambda: len(queue) == 2)
        stop.set()
        assert left.wait(SOON_S)
        assert len(queue) == 1


def test_a_turn_ends_also_with_an_error():
    queue = FairQueue()
    with pytest.raises(RuntimeError, match="broken"), queue.turn(Watch()):
        raise RuntimeError("broken")
    assert len(queue) == 0


def test_the_turn_goes_to_who_has_waited_longest_and_past_who_fails():
    queue, took = FairQueue(), []

    def take(number: int) -> None:
        with suppress(ValueError), queue.turn():
            took.append(number)
            raise ValueError("no read")

    with queue.turn():
        writers = [Thread(target=take, args=(number,)) for number in range(8)]
        for waiting, writer in enumerate(writers, start=1):
            writer.start()
            until(lambda waiting=waiting: queue.waiting == waiting)
        assert took == []
    for writer in writers:
        writer.join()
    assert took == list(range(8))
