"""Files of 200 MB brought as a browser does: ``python -m tests.bench.upload csv`` or ``xlsx``.

Writes such a file of registrations with wide columns that nobody reads, sends it to a web server as
somebody of headquarters, says yes once it is checked, and tells the seconds of each step and the
most memory that web server, worker and the child of workbooks took. ``--mb`` and ``--rows`` make
other files. The data folder is of its own and is removed at the end.
"""

import argparse
import base64
import csv
import http.client
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.bench import imports

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "var" / "upload"
WIDE = 36  # characters of a column that nobody reads
PROCESSES = {"web": "gunicorn", "worker": "celery", "workbook": "dealers.imports.workbook"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.bench.upload", description=__doc__)
    parser.add_argument("kind", choices=["csv", "xlsx"])
    parser.add_argument("--mb", type=int, default=200)
    parser.add_argument("--rows", type=int, default=150_000)
    options = parser.parse_args()
    imports.apart(DATA, lambda: measure(options.kind, options.mb << 20, options.rows))
    return 0


def measure(kind: str, size: int, rows: int) -> None:
    from django.db import connections

    from dealers.models import Upload
    from tests.bench import web
    from tests.factories.dealers import UserFactory

    files = imports.prepare(rows, 1, DATA)
    began = time.monotonic()
    path = written(files / "registrations.csv", kind, size)
    print(f"{path.stat().st_size / 2**20:.1f} MB written in {time.monotonic() - began:.0f} s")
    port = web.free_port()
    hq = UserFactory(is_staff=True, is_superuser=True)
    who = signed_in(hq)
    connections.close_all()
    environment = {**os.environ, "PORT": str(port), "PORTAL_LISTEN": "127.0.0.1"}
    log = (DATA / "said.log").open("wb")
    started = [
        subprocess.Popen([sys.executable, "-m", *command], env=environment, stdout=log, stderr=log)
        for command in (
            ["gunicorn", "--config", "python:config.gunicorn"],
            ["celery", "--quiet", "--app", "config", "worker", "--concurrency", "1",
             "--queues", "asked,default,documents"],
        )
    ]  # fmt: skip
    memory = Memory(os.getpid())
    try:
        wait(port)
        before = memory.most()
        threading.Thread(target=memory.watch, daemon=True).start()
        began = time.monotonic()
        address = send(port, path, who)
        print(f"sent and answered in {time.monotonic() - began:.1f} s: {address}")
        connections.close_all()
        key = address.rstrip("/").split("/")[-1]
        told(key, {"checking"}, began)
        upload = Upload.objects.get(pk=key)
        if upload.checked:
            part = upload.files.get()
            print(f"{part.rows:,} rows, {part.accepted:,} new, {part.rejected:,} rejected")
            began = time.monotonic()
            ask(port, f"{address}confirm/", who | {"Content-Length": "0"})
            told(key, {"confirmed"}, began)
        memory.over.set()
        for name, most in memory.most().items():
            print(f"{name}: {before.get(name, 0):,} MB before, {most:,} MB at most")
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait()
    for line in (DATA / "said.log").read_text(errors="replace").splitlines():
        if "Error" in line or "Traceback" in line:
            print(line)


def written(source: Path, kind: str, size: int) -> Path:
    """The rows of ``source`` with as many wide columns as make a file of about ``size`` bytes."""
    chance = random.Random(1)
    target = source.with_name(f"customers.{kind}")
    with source.open(newline="") as file:
        count = sum(1 for _line in file) - 1
    # What is packed takes three quarters, which random letters need.
    unpacked = size if kind == "csv" else size * 4 // 3
    columns = max(1, round((unpacked / count - 120) / (WIDE + 1)))

    def rows() -> Iterator[list[str]]:
        with source.open(newline="") as file:
            for number, row in enumerate(csv.reader(file)):
                text = base64.b64encode(chance.randbytes(columns * WIDE * 3 // 4)).decode()
                wide = [text[at : at + WIDE] for at in range(0, columns * WIDE, WIDE)]
                yield row + ([f"note {n}" for n in range(columns)] if number == 0 else wide)

    if kind == "csv":
        with target.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows(rows())
        return target
    import xlsxwriter

    with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows()):
            sheet.write_row(number, 0, row)
    return target


def signed_in(person) -> dict[str, str]:
    """What a browser sends in which this person is signed in."""
    from django.test import Client

    client = Client()
    client.force_login(person, backend="dealers.signin.backend.Backend")
    page = client.get("/imports/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    line = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return {"Cookie": line, "X-CSRFToken": token[1] if token else ""}


def send(port: int, path: Path, who: dict[str, str]) -> str:
    """Send the form with the file, which is never whole in memory here either; where it leads."""
    mark = "----brought"
    head = "".join(
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("kind", "registrations"), ("historical", "on"))
    ) + (
        f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{path.name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )  # fmt: skip
    tail = f"\r\n--{mark}--\r\n"

    def pieces() -> Iterator[bytes]:
        yield head.encode()
        with path.open("rb") as file:
            while piece := file.read(65536):
                yield piece
        yield tail.encode()

    headers = {
        "Content-Type": f"multipart/form-data; boundary={mark}",
        "Content-Length": str(len(head) + path.stat().st_size + len(tail)),
    }
    return ask(port, "/imports/", who | headers, pieces())


def ask(port: int, path: str, headers: dict[str, str], body: Iterable[bytes] = ()) -> str:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    try:
        line.request("POST", path, body, headers)
        answer = line.getresponse()
        if answer.status != 302:
            raise SystemExit(f"{path}: {answer.status} {answer.read()[:2000].decode()}")
        return answer.headers["Location"]
    finally:
        line.close()


def wait(port: int) -> None:
    for _try in range(300):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            line.request("GET", "/healthz")
            line.getresponse().read()
            return
        except OSError:
            time.sleep(0.2)
        finally:
            line.close()
    raise SystemExit("The web server does not answer.")


def told(key: str, states: set[str], began: float) -> None:
    """Wait until an upload is in none of these states; print each stage that its page tells."""
    from dealers.imports import stages
    from dealers.models import Upload

    stage = "waits"
    while True:
        upload = Upload.objects.get(pk=key)
        now = re.sub(r" \d+ %$", "", stages.stage_of(upload)) if upload.state in states else "over"
        if now and now != stage:
            print(f"  {time.monotonic() - began:6.1f} s  {now}")
            stage = now
        if stage == "over":
            print(f"{upload.state} after {time.monotonic() - began:.1f} s {upload.problem}")
            return
        time.sleep(0.2)


class Memory:
    """The most memory, in MB, that each kind of process below this one has had resident."""

    def __init__(self, root: int) -> None:
        self.root, self.over = root, threading.Event()
        self.found: dict[str, int] = {}

    def watch(self) -> None:
        while not self.over.wait(0.1):
            self.most()

    def most(self) -> dict[str, int]:
        for name, word in PROCESSES.items():
            for peak in (_peak(pid) for pid in _below(self.root) if word in _command(pid)):
                self.found[name] = max(self.found.get(name, 0), peak)
        return dict(self.found)


def _below(root: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        parents.setdefault(parent, []).append(int(path.parent.name))
    found, more = [], [root]
    while more:
        below = parents.get(more.pop(), [])
        found += below
        more += below
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def _peak(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) // 1024 if found else 0


if __name__ == "__main__":
    sys.exit(main())
