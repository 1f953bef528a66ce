"""What the house does when its parts die, hang, or will not start, and when somebody pulls the plug."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.up.conftest import SmallHouse, until


def test_it_says_ready_when_everything_works_and_ctrl_c_ends_everything(house: SmallHouse) -> None:
    house.start(processes={"exchange": "steady", "keeper": "steady"})
    house.ready()
    assert len(house.groups()) == 2
    assert house.stop(signal.SIGINT) == 0
    assert house.left_running() == []
    assert "All stopped" in house.said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_kill_and_a_closed_terminal_end_everything_too(house: SmallHouse, number: int) -> None:
    house.start(processes={"exchange": "parent"})
    house.ready()
    assert house.stop(number) == 0
    assert house.left_running() == []


def test_a_part_that_does_not_listen_is_ended_all_the_same(house: SmallHouse) -> None:
    house.start(processes={"deaf": "deaf", "steady": "steady"})
    house.ready()
    assert house.stop() == 0
    assert house.left_running() == []
    assert "were killed" in house.said


def test_a_part_that_dies_is_started_again_with_a_sentence(house: SmallHouse) -> None:
    house.start(processes={"keeper": "steady"})
    house.ready()
    first = house.beats("keeper")[0]
    os.kill(first, signal.SIGKILL)
    until(lambda: len(house.beats("keeper")) == 2)
    assert "The keeper ended (SIGKILL)" in house.said
    assert house.supervisor.poll() is None


def test_a_part_that_keeps_dying_is_given_more_and_more_time(house: SmallHouse) -> None:
    house.start(processes={"worker": "frail", "keeper": "steady"})
    until(lambda: house.said.count("restarting in") >= 2)
    assert "restarting in 0.1 s" in house.said
    assert "restarting in 0.2 s" in house.said


def test_what_a_dead_part_left_behind_ends_before_it_starts_again(house: SmallHouse) -> None:
    house.start(processes={"exchange": "parent"})
    house.ready()
    leader = house.beats("exchange")[0]
    os.kill(leader, signal.SIGKILL)
    until(lambda: len(house.beats("exchange")) == 2)
    assert house.groups() == [house.beats("exchange")[1]]
    house.seen.add(leader)
    assert leader not in house.left_running()


def test_a_part_that_hangs_is_ended_and_started_again(house: SmallHouse) -> None:
    house.start(processes={"keeper": "steady"}, HANG_SECONDS_MAX=1.5)
    house.ready()
    os.kill(house.beats("keeper")[0], signal.SIGSTOP)
    until(lambda: len(house.beats("keeper")) == 2)
    assert "makes no progress (no beat)" in house.said


def test_a_part_that_never_starts_stops_the_house_with_one_sentence(house: SmallHouse) -> None:
    house.start(processes={"keeper": "steady", "exchange": "stillborn"})
    assert house.supervisor.wait(30) == 1
    assert "The exchange does not work (no such table: bedrock_fact). Look into" in house.said
    assert house.left_running() == []


def test_a_part_that_lives_but_does_not_work_is_not_called_ready(house: SmallHouse) -> None:
    house.start(processes={"keeper": "silent"}, START_SECONDS_MAX=1.5)
    assert house.supervisor.wait(30) == 1
    assert "Ready in" not in house.said
    assert "The keeper does not work (no beat)" in house.said
    assert house.left_running() == []


def test_what_a_part_lacks_is_said_and_neither_stops_the_house_nor_ends_the_part(house: SmallHouse) -> None:
    """A node without its file, or suspended by the regulator, works: no restart would bring either back."""
    house.lacks("node", "source credit cannot be served (source-missing)")
    house.start(processes={"keeper": "steady", "node": "steady"}, HANG_SECONDS_MAX=0.5, START_SECONDS_MAX=10)
    house.ready()
    said = "The node runs, but source credit cannot be served (source-missing)."
    assert house.said.index(said) < house.said.index("Ready in")
    house.looks_often("node")
    assert len(house.beats("node")) == 1
    assert house.said.count(said) == 1
    house.lacks("node", "")
    until(lambda: "The node does all its work again." in house.said)
    assert house.supervisor.poll() is None


def test_what_passes_by_itself_is_waited_for_before_the_house_is_called_ready(house: SmallHouse) -> None:
    house.lacks("node", "source credit is still being read", passing=True)
    house.start(processes={"node": "steady"})
    until(lambda: "✓ node" in house.said)
    house.looks_often("node")
    assert "Ready in" not in house.said
    house.lacks("node", "")
    house.ready()
    assert "still being read" not in house.said


def test_what_never_passes_is_said_when_the_time_is_over(house: SmallHouse) -> None:
    house.lacks("node", "source credit is still being read", passing=True)
    house.start(processes={"node": "steady"}, START_SECONDS_MAX=2)
    house.ready()
    assert "The node runs, but source credit is still being read." in house.said


def test_a_part_that_comes_to_lack_something_says_so_once_it_lasts(house: SmallHouse) -> None:
    house.start(processes={"node": "steady"}, PATIENCE_SECONDS=0.5)
    house.ready()
    house.lacks("node", "the exchange gives it no lease")
    until(lambda: "The node runs, but the exchange gives it no lease." in house.said)
    assert len(house.beats("node")) == 1


def test_a_step_that_fails_stops_the_house(house: SmallHouse) -> None:
    house.start(processes={"keeper": "steady"}, before={"prepare": "raise SystemExit(1)"})
    assert house.supervisor.wait(30) == 1
    assert "The step “prepare” did not finish." in house.said
    assert house.beats("keeper") == []


def test_asked_to_stop_in_the_middle_of_a_step_it_stops(house: SmallHouse) -> None:
    house.start(processes={"keeper": "steady"}, before={"demo": "import time; time.sleep(600)"})
    until(lambda: house.groups())
    began = time.monotonic()
    assert house.stop() == 0
    assert time.monotonic() - began < 10
    assert house.left_running() == []


def test_when_the_supervisor_is_killed_everything_it_started_ends(house: SmallHouse) -> None:
    house.start(processes={"steady": "steady", "deaf": "deaf", "parent": "parent"})
    house.ready()
    assert len(house.groups()) == 3
    house.stop(signal.SIGKILL)
    until(lambda: house.left_running() == [])
    house.start(processes={"steady": "steady"})
    until(lambda: house.said.count("Ready in") == 2)


def test_when_supervisor_and_watcher_are_both_killed_the_next_start_clears_up(house: SmallHouse) -> None:
    house.start(processes={"steady": "steady"})
    house.ready()
    left = house.groups()
    watcher = _child_called("leash.py", house.supervisor.pid)
    house.supervisor.send_signal(signal.SIGSTOP)  # so that it cannot replace the watcher
    os.kill(watcher, signal.SIGKILL)
    house.stop(signal.SIGKILL)
    assert house.left_running() == left
    house.start(processes={"steady": "steady"})
    until(lambda: house.said.count("Ready in") == 2)
    assert not set(left) & set(house.left_running())


def test_a_killed_watcher_is_replaced_and_knows_what_runs(house: SmallHouse) -> None:
    house.start(processes={"steady": "steady"})
    house.ready()
    house.groups()
    watcher = _child_called("leash.py", house.supervisor.pid)
    os.kill(watcher, signal.SIGKILL)
    until(lambda: _child_called("leash.py", house.supervisor.pid) not in {0, watcher})
    house.stop(signal.SIGKILL)
    until(lambda: house.left_running() == [])


def test_two_supervisors_do_not_share_a_folder(house: SmallHouse) -> None:
    house.start(processes={"steady": "steady"})
    house.ready()
    first = house.supervisor
    house.start(processes={"steady": "steady"})
    assert house.supervisor.wait(30) == 1
    assert f"Tongqu already runs on this folder (process {first.pid}" in house.said
    house.child = first
    assert house.stop() == 0


def test_a_busy_port_is_named_and_nothing_is_started(house: SmallHouse) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        house.start(processes={"steady": "steady"}, port=port)
        assert house.supervisor.wait(30) == 1
    assert f"Port 127.0.0.1:{port} cannot be used" in house.said
    assert f"TONGQU_PORT={port + 1} make run" in house.said
    assert house.beats("steady") == []


def _child_called(name: str, parent: int) -> int:
    for pid in (int(p) for p in os.listdir("/proc") if p.isdigit()):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_text()
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if name in command and int(fields[1]) == parent and fields[0] != "Z":
            return pid
    return 0
