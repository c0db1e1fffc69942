"""Explanations come one after another in the order they asked, see their place, and can leave."""

import time
from threading import Event, Thread

import pytest

from ich_model.jobs.queue import Cancelled, WaitingLine, Watch

SOON_S = 60.0  # after which it is given up, on a machine however busy


def until(condition) -> None:
    """Waits for something that another thread does."""
    ends = time.monotonic() + SOON_S
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError("expected it within seconds")
        time.sleep(0.005)


def test_a_turn_at_an_empty_line_is_at_once():
    line, places = WaitingLine(), []
    with line.turn(Watch(on_place=places.append)):
        assert len(line) == 1
    assert (places, len(line)) == ([0], 0)


def test_who_waits_sees_their_place_and_is_served_in_order():
    line, places, served = WaitingLine(), {"b": [], "c": []}, []

    def wait(name: str) -> None:
        with line.turn(Watch(on_place=places[name].append)):
            served.append(name)

    threads = {name: Thread(target=wait, args=(name,)) for name in places}
    with line.turn(Watch()):
        for number, name in enumerate(threads, 1):
            threads[name].start()
            until(lambda number=number, name=name: places[name] == [number])
    for thread in threads.values():
        thread.join(SOON_S)
    assert served == ["b", "c"]
    assert (places["b"], places["c"][0], places["c"][-1]) == ([1, 0], 2, 0)


def test_never_more_than_allowed_run_at_once():
    line, running, most = WaitingLine(at_once=2), [], []

    def work() -> None:
        with line.turn(Watch()):
            running.append(1)
            most.append(len(running))
            time.sleep(0.02)
            running.pop()

    threads = [Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON_S)
    assert (max(most), len(line)) == (2, 0)


def test_who_is_stopped_while_waiting_leaves_the_line():
    line, stop, left = WaitingLine(), Event(), Event()

    def wait() -> None:
        with pytest.raises(Cancelled, match="was stopped"), line.turn(Watch(stop=stop)):
            pass
        left.set()

    with line.turn(Watch()):
        Thread(target=wait).start()
        until(lambda: len(line) == 2)
        stop.set()
        assert left.wait(SOON_S)
        assert len(line) == 1


def test_a_turn_ends_also_with_an_error():
    line = WaitingLine()
    with pytest.raises(RuntimeError, match="broken"), line.turn(Watch()):
        raise RuntimeError("broken")
    assert len(line) == 0
