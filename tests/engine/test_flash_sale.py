"""A flash sale over a real store: never one sold too many, every buyer answered once.

Buyers ask alone and in batches, on eight threads and in several processes, of which one is killed in the
middle; some ask again. What happened is counted from feed and answers, in tests/support/sale_floor.py.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import sale_floor
from house import ROOT, SRC
from sale_floor import Answers, check, opened, sell

THREADS = 8
FOLDERS = (SRC, ROOT / "docs" / "examples", ROOT / "tests" / "support")


def process(path: Path, first: int, last: int, seed: int) -> subprocess.Popen[str]:
    command = [sys.executable, sale_floor.__file__, str(path), str(first), str(last), str(seed)]
    environment = {"PYTHONPATH": ":".join(map(str, FOLDERS))}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def heard(said: str, answers: Answers) -> None:
    """What a process printed about its buyers."""
    for line in said.splitlines():
        buyer, *told = line.split()
        answers.setdefault(int(buyer), []).extend(told)


def test_eight_threads_sell_what_there_is_and_not_one_more(tmp_path: Path) -> None:
    """Every buyer is asked for by two of them: a retry, while the first is under way."""
    units, everybody = 150, range(400)
    opened(tmp_path / "oms.db", units)
    answers: list[Answers] = [{} for _ in range(THREADS)]
    failed: list[BaseException] = []

    def worker(me: int) -> None:
        dice = random.Random(me)
        mine = [buyer for buyer in everybody if me in (buyer % THREADS, buyer * 7 % (THREADS - 1))]
        dice.shuffle(mine)
        try:
            sell(opened(tmp_path / "oms.db"), mine, dice, answers[me])
        except BaseException as error:  # noqa: BLE001 - raised again below, on the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=worker, args=(me,)) for me in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    together: Answers = {}
    for each in answers:
        for buyer, told in each.items():
            together.setdefault(buyer, []).extend(told)
    check(opened(tmp_path / "oms.db"), units, together, everybody)


def test_two_processes_sell_what_there_is_and_not_one_more(tmp_path: Path) -> None:
    """Some buyers are asked for by both."""
    units, everybody = 120, range(300)
    oms = opened(tmp_path / "oms.db", units)
    sellers = [process(tmp_path / "oms.db", 0, 200, 1), process(tmp_path / "oms.db", 100, 300, 2)]
    answers: Answers = {}
    for seller in sellers:
        said, _ = seller.communicate(timeout=120)
        assert seller.returncode == 0
        heard(said, answers)
    check(oms, units, answers, everybody)


def test_a_process_that_is_killed_in_the_middle_leaves_nothing_half_done(tmp_path: Path) -> None:
    """Its buyers are asked for again by another: who had bought has bought, and who had not may still."""
    units, everybody = 120, range(300)
    oms = opened(tmp_path / "oms.db", units)
    other = process(tmp_path / "oms.db", 0, 150, 3)
    killed = process(tmp_path / "oms.db", 150, 300, 4)
    answers: Answers = {}
    assert killed.stdout is not None
    heard("".join(killed.stdout.readline() for _ in range(30)), answers)
    killed.send_signal(signal.SIGKILL)
    said, _ = killed.communicate(timeout=120)
    heard(said, answers)
    assert killed.returncode == -signal.SIGKILL
    assert len(answers) < 150, "it was killed too late to prove anything"
    again = process(tmp_path / "oms.db", 150, 300, 5)
    for seller in (other, again):
        said, _ = seller.communicate(timeout=120)
        assert seller.returncode == 0
        heard(said, answers)
    check(oms, units, answers, everybody)
