"""The page that checks what a dealer holds: in a real browser, with and without its server."""

import os
import socket
import threading
import time
from base64 import b64encode
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from random import Random

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from dealers.receipts import verify_receipt, verifying
from tests.dealers.receipts import test_verify_receipt as cases

CHAIN = cases.as_file(cases.ROWS)
INPUTS = int(os.environ.get("VERIFY_INPUTS", "200"))  # changed files that both are given
RECEIPTS = f"{cases.LAST}\n{cases.KEY_FILE.decode()}".encode()


@pytest.fixture
def page(new_context):
    """A page of a browser that notes whatever goes to the network, and what goes wrong."""
    page = new_context(viewport={"width": 390, "height": 844}).new_page()
    page.set_default_timeout(20_000)
    page.problems, page.requests = [], []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda it: page.problems.append(it.text) if it.type == "error" else None)
    page.on("request", lambda it: page.requests.append(it.url))
    yield page
    page.context.close()


@pytest.fixture
def kept(page, tmp_path):
    """The page as somebody keeps it on a disk."""
    path = tmp_path / verifying.NAME
    path.write_text(verifying.page())
    page.goto(path.as_uri())
    expect(page.locator("#can")).to_be_visible()
    return page


def choose(page, files):
    """Choose files by name and content, and wait for the answer."""
    page.locator("#choose").set_input_files(
        [
            {"name": name, "mimeType": "text/plain", "buffer": content}
            for name, content in files.items()
        ]
    )
    expect(page.locator("#result")).to_be_visible()
    expect(page.locator("#checking")).to_be_hidden()


def told(page, given):
    """What the page finds, in words, for each of the given files."""
    return page.evaluate(
        """async (given) => {
            const found = [];
            for (const files of given) {
                const bytes = files.map(([name, content]) =>
                    [name, Uint8Array.from(atob(content), (each) => each.charCodeAt(0))]);
                found.push(told(await check(new Map(bytes))));
            }
            return found;
        }""",
        [
            [[name, b64encode(content).decode()] for name, content in files.items()]
            for files in given
        ],
    )


def test_from_a_disk_it_proves_the_chain_and_finds_what_was_changed(kept, sound):
    page = kept
    choose(page, {"chain.csv": CHAIN, "receipts.txt": RECEIPTS})

    expect(page.locator("#verdict")).to_have_text("结论：没有改动。")
    expect(page.locator("#verdict")).to_be_focused()
    expect(page.locator("#found")).to_contain_text("Places 1 to 50 of dealer 7")
    expect(page.locator("#its-key")).to_contain_text(cases.PUBLIC.hex())
    sound(page)
    page.locator("#again").click()
    expect(page.locator("#result")).to_be_hidden()
    choose(page, {"chain.csv": CHAIN.replace(b"yours", b"protected", 1), "r.txt": RECEIPTS})
    expect(page.locator("#verdict")).to_have_text("结论：有问题，见下。")
    expect(page.locator("#found")).to_contain_text("was changed")
    sound(page)
    with page.expect_download() as saving:
        page.locator("#save").click()
    assert "结论：有问题" in Path(saving.value.path()).read_text()


@pytest.mark.django_db(transaction=True)
def test_once_it_is_there_nothing_goes_to_the_network_and_nothing_can(page, live_server):
    page.goto(f"{live_server.url}{reverse('dealers:verify')}")
    expect(page.locator("#can")).to_be_visible()
    before = list(page.requests)
    assert [url for url in before if not url.startswith("data:")] == [page.url]
    page.context.set_offline(True)

    choose(page, {"chain.csv": CHAIN, "receipts.txt": RECEIPTS})

    expect(page.locator("#verdict")).to_have_text("结论：没有改动。")
    assert [url for url in page.requests if not url.startswith(("data:", "blob:"))] == [page.url]
    assert page.problems == []


WAYS_OUT = """async (home) => {
    const image = new Image();
    image.src = `${home}/image`;
    await fetch(`${home}/fetch`, { mode: "no-cors" }).catch(() => {});
    try { navigator.sendBeacon(`${home}/beacon`, "x"); } catch {}
    try { new WebSocket(home.replace("http", "ws")); } catch {}
    try { new EventSource(home); } catch {}
    const form = document.createElement("form");
    Object.assign(form, { action: home, method: "post", target: "elsewhere" });
    document.body.append(form);
    form.submit();
    await new Promise((over) => setTimeout(over, 500));
}"""


def test_whatever_ran_in_it_would_find_no_way_out(kept):
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_listen, args=(server, heard), daemon=True).start()
        home = f"http://127.0.0.1:{server.getsockname()[1]}"

        kept.evaluate(WAYS_OUT, home)

        with socket.create_connection(server.getsockname()) as control:
            control.sendall(b"it did listen")
        deadline = time.monotonic() + 5
        while not heard and time.monotonic() < deadline:
            time.sleep(0.01)
        assert heard == [b"it did listen"]


def _listen(server, heard):
    """Note what anybody sends. A browser may open a connection before it sees that it may not."""
    with suppress(OSError):
        while True:
            connection, _address = server.accept()
            threading.Thread(target=_hear, args=(connection, heard), daemon=True).start()


def _hear(connection, heard):
    with connection, suppress(OSError):
        if said := connection.recv(1000):
            heard.append(said)


def test_two_dealers_files_of_one_name_are_compared(kept):
    _words, mine = cases.root_line("2026-11-01", [bytes(32)], cases.NOTHING)
    _words, theirs = cases.root_line("2026-11-01", [b"1" * 32], cases.NOTHING)
    choose(kept, {"roots.txt": f"{mine}\n".encode() + cases.KEY_FILE})
    expect(kept.locator("#found")).to_contain_text("1 daily roots are signed")

    choose(kept, {"roots.txt": theirs.encode()})

    expect(kept.locator("#files li")).to_have_count(2)
    expect(kept.locator("#found")).to_contain_text("Two different roots of 2026-11-01")


def test_a_browser_that_cannot_check_says_so(page, tmp_path):
    path = tmp_path / verifying.NAME
    path.write_text(verifying.page())
    page.add_init_script("delete SubtleCrypto.prototype.verify")

    page.goto(path.as_uri())

    expect(page.locator("#cannot")).to_contain_text("不能核对签名")
    expect(page.locator("#can")).to_be_hidden()


def test_without_scripts_it_points_to_the_program(new_context, tmp_path):
    path = tmp_path / verifying.NAME
    path.write_text(verifying.page())
    page = new_context(java_script_enabled=False).new_page()

    page.goto(path.as_uri())

    expect(page.locator("#cannot")).to_contain_text("这个浏览器不运行脚本")
    expect(page.locator("#can")).to_be_hidden()
    page.context.close()


def test_what_it_cannot_finish_proves_nothing(kept):
    choose(kept, {"chain.csv": CHAIN, "receipts.txt": RECEIPTS})
    kept.evaluate("() => { SubtleCrypto.prototype.digest = () => Promise.reject(new Error()); }")

    kept.locator("#choose").set_input_files(
        {"name": "more.txt", "mimeType": "text/plain", "buffer": RECEIPTS + b"\n"}
    )

    expect(kept.locator("#failed")).to_be_visible()
    expect(kept.locator("#result")).to_be_hidden()
    expect(kept.locator("#checking")).to_be_hidden()


def samples():
    """Files of every sort, as the tests of the program have them."""
    c = cases
    words, first = c.root_line("2026-11-01", [bytes(32)], c.NOTHING)
    before = c.hashlib.sha256(words.encode()).hexdigest()
    head = c.ROWS[49]
    blind = "ab" * 16
    leaf = c.hashlib.sha256(f"\0{head[0]} {head[1]} {head[6]} {blind}".encode()).digest()
    leaves = [bytes([n]) * 32 for n in range(4)] + [leaf]
    _words, later = c.root_line("2026-11-03", leaves, before)
    side = c.tree(leaves[:4])
    path = f"portal-path/1 2026-11-03 7 50 {head[6]} {blind} 4 5 {side.hex()}"
    decided = c.decided(9, c.RULEBOOK)
    whole = {"chain.csv": CHAIN, "r.txt": c.LAST.encode(), "k": c.KEY_FILE}
    mail = EmailMessage()
    mail.set_content(f"陈女士\n{RECEIPTS.decode()}\n", cte="base64")
    wrapped = EmailMessage()
    wrapped.set_content(RECEIPTS.decode(), cte="quoted-printable")
    return [
        whole,
        {**whole, "roots.txt": "\n".join([first, later, path]).encode()},
        {"chain.csv": CHAIN, "roots.txt": "\n".join([later, path]).encode(), "k": c.KEY_FILE},
        {"chain.csv": CHAIN, "mail.eml": mail.as_bytes()},
        {"chain.csv": CHAIN, "mail.eml": wrapped.as_bytes()},
        {
            "c": c.as_file(decided), "r": c.receipt(decided[-1]).encode(), "k": c.KEY_FILE,
            "t": f"portal-terms/1 rulebook 1 {c.RULEBOOK}\n".encode(),
        },
        {
            "c": c.as_file(c.AFTER), "k": c.KEY_FILE, "s.pdf": b"%PDF-1.7",
            "r": "\n".join(
                [c.LAST, c.restart(40, 50), c.receipt(c.AFTER[54], time=c.DECEMBER_3)]
            ).encode(),
        },
        {"roots.txt": first.encode(), "k": c.KEY_FILE, "a.tsr": c.stamp(first, c.MIDNIGHT)},
        {
            "roots.txt": f"{first}\n{later}".encode(), "k": c.KEY_FILE,
            "a.tsr": c.stamp(first, c.MIDNIGHT + timedelta(days=9)),
            "b.tsr": c.stamp(later, c.MIDNIGHT, c.POLICY), "c.tsr": c.stamp(words, c.MIDNIGHT),
        },
        {"chain.csv": CHAIN, "verify_receipt.py": Path(verify_receipt.__file__).read_bytes()},
        c.packed(lines=c.LINES_FILE),
        c.packed(manifest=b""),
    ]  # fmt: skip


PIECES = [
    b"", b"\0", b'"', b'""', b"\n", b"\r", b"\r\n", b",", b"\xff", b"\xe4\xb8", b"=", b"--", b" ",
    b"portal-receipt/1 7 50 ", b"portal-key/1 ", b"portal-restart/1 7 40 ", b"9", b"0", b"a",
    "陈".encode(), b"\xef\xbb\xbf", b"\xc2\x85", b"agreement", b"2026-13-01",
    b"-", b".", b"'=", b"+08:00", b"Z", b"access_log", b"1e5", b"true", b"[]",
    b'"event" : "signed", "agreement" : 3, ', b"Content-Transfer-Encoding: base64\n\n",
]  # fmt: skip


def mutated(files, random):
    """The same with some bytes changed, some cut, some doubled, some moved."""
    files = dict(files)
    for _each in range(random.choice([1, 1, 2, 4])):
        name = random.choice(sorted(files))
        content = files[name]
        at, length = random.randrange(len(content) + 1), random.choice([0, 1, 1, 3, 40, 400])
        other = files[random.choice(sorted(files))]
        begun = random.randrange(len(other) + 1)
        piece = random.choice([*PIECES, other[begun : begun + random.choice([1, 70, 700])]])
        files[name] = content[:at] + piece + content[at + length :]
    return files


def test_it_says_word_for_word_what_the_program_says(kept):
    random = Random(INPUTS)
    whole = samples()
    assert {verify_receipt.check(files).verdict for files in whole} == {0, 2, 3}
    verdicts = Counter()
    for begun in range(0, INPUTS, 100):
        size = min(100, INPUTS - begun)
        given = [*whole, *(mutated(random.choice(whole), random) for _each in range(size))]
        reports = [verify_receipt.check(files) for files in given]
        verdicts.update(each.verdict for each in reports)
        for files, found, report in zip(given, told(kept, given), reports, strict=True):
            expected = verify_receipt.told(report)
            assert found == expected, {name: content.hex() for name, content in files.items()}

    assert len(verdicts) == 4
    assert kept.problems == []


def test_it_holds_tables_of_a_pack_as_the_program_does(kept):
    given = [files for files, _verdict, _words in cases.PACKS.values()]

    found = told(kept, given)

    assert found == [verify_receipt.told(verify_receipt.check(files)) for files in given]


def test_its_signatures_are_those_of_the_program(kept):
    signature = cases.KEY.sign(b"text")
    nobody = [bytes.fromhex(each) for each in kept.evaluate("[...OF_NOBODY]")]
    beyond = [b"\xff" * 32, bytes.fromhex(f"ee{'ff' * 30}7f"), bytes([2]) + bytes(31)]
    signatures = [signature, *(point + bytes(32) for point in [*nobody, *beyond])]
    for flip in range(0, 512, 17):
        changed = bytearray(signature)
        changed[flip // 8] ^= 1 << flip % 8
        signatures.append(bytes(changed))
    order = 2**252 + 27742317777372353535851937790883648493
    larger = int.from_bytes(signature[32:], "little") + order
    signatures.append(signature[:32] + larger.to_bytes(32, "little"))  # the same to a careless one
    given = [
        (key, text, each)
        for key in [cases.PUBLIC, *nobody, *beyond]
        for each in signatures
        for text in (b"text", b"")
    ]

    found = kept.evaluate(
        "(all) => Promise.all(all.map((given) => signed(...given.map(bytesOf))))",
        [[part.hex() for part in each] for each in given],
    )

    assert found == [verify_receipt.signed(*each) for each in given]
    assert found.count(True) == 1
