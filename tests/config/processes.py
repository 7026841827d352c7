"""Looking at other processes."""

import subprocess
import time


def gone(process: int) -> bool:
    """Tell whether a process has ended; one that nobody has collected yet counts as ended."""
    command = ["ps", "-o", "stat=", "-p", str(process)]
    state = subprocess.run(command, capture_output=True, check=False).stdout
    return not state.strip() or state.startswith(b"Z")


def wait_until(condition, seconds=15):
    """Wait for a condition to come true; fail if it does not in time."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "it did not happen in time"
        time.sleep(0.05)
