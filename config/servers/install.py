"""Puts everything that the portal needs into place: uv, Python, the packages, system libraries.

Run by the machine's own Python, whichever 3.x that is, before there is anything else; so the
standard library only, and nothing newer than Python 3.9. A second run finds all of it in place.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STAMP = VENV / ".installed"
OWN_UV = ROOT / ".uv"

# What is looked for, and the Debian package that brings it. WeasyPrint draws the PDFs with Pango.
LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
TEST_PROGRAMS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "poppler-utils": ("pdftoppm",),
    "gettext": ("msgfmt",),
    "openssl": ("openssl",),
    "pgbouncer": ("pgbouncer", "/usr/sbin/pgbouncer"),  # which is not on everybody's path
}
MAC_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def works(command: list[str]) -> bool:
    """Tell whether a command runs; a shim on the path may name a program that is not there."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def find_uv() -> str:
    """The uv of the machine, or one of our own beside the project."""
    for candidate in ("uv", str(OWN_UV / "bin" / "uv"), str(Path.home() / ".local/bin/uv")):
        if works([candidate, "--version"]):
            return candidate
    print("Fetching uv …", flush=True)
    shutil.rmtree(OWN_UV, ignore_errors=True)
    if subprocess.run([sys.executable, "-m", "venv", str(OWN_UV)], check=False).returncode:
        shutil.rmtree(OWN_UV, ignore_errors=True)
        install_by_apt(["python3-venv"])
        subprocess.run([sys.executable, "-m", "venv", str(OWN_UV)], check=True)
    subprocess.run(
        [str(OWN_UV / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "uv"],
        check=True,
    )
    return str(OWN_UV / "bin" / "uv")


def install_packages(*, dev: bool) -> None:
    """Make ``.venv`` hold exactly what the lock file says."""
    wanted = (ROOT / ".python-version").read_text().strip()
    python = VENV / "bin" / "python"
    right = f"import sys; sys.exit('%d.%d' % sys.version_info[:2] != '{wanted}')"
    fit = works([str(python), "-c", right])
    if fit and STAMP.exists() and STAMP.read_text() in accepted(dev=dev):
        return
    uv = find_uv()
    if not fit:
        subprocess.run(
            [uv, "venv", "--quiet", "--clear", "--python", wanted, str(VENV)], check=True
        )
    # Once the tools of development are there they stay, or `make up` would take them away.
    dev = dev or (STAMP.exists() and STAMP.read_text().startswith("dev"))
    lock = ROOT / ("requirements-dev.txt" if dev else "requirements.txt")
    print(f"Installing the packages of {lock.name} …", flush=True)
    STAMP.unlink(missing_ok=True)
    subprocess.run(
        [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(lock)],
        check=True,
    )
    STAMP.write_text(mark(dev=dev))


def lock() -> None:
    """Write the newest allowed versions with their hashes, and no addresses, to the lock files."""
    compile_lock = [
        *(find_uv(), "pip", "compile", "--quiet", "--upgrade", "--universal", "--generate-hashes"),
        *("--python-version", (ROOT / ".python-version").read_text().strip()),
        *("--no-header", "--no-emit-index-url", "--no-emit-find-links"),
    ]
    base = ["pyproject.toml", "--output-file", "requirements.txt"]
    # Constrained to the first, so that tests run with the versions that are installed.
    dev = ["--group", "dev", "--constraints", "requirements.txt"]
    dev += ["pyproject.toml", "--output-file", "requirements-dev.txt"]
    for arguments in (base, dev):
        subprocess.run([*compile_lock, *arguments], cwd=ROOT, check=True)


def mark(*, dev: bool) -> str:
    """What the stamp says after an installation from the lock file as it is now."""
    name = "requirements-dev.txt" if dev else "requirements.txt"
    digest = hashlib.sha256((ROOT / name).read_bytes()).hexdigest()
    return f"{'dev' if dev else 'base'} {digest}"


def accepted(*, dev: bool) -> set[str]:
    return {mark(dev=True)} if dev else {mark(dev=True), mark(dev=False)}


def missing_system_packages(*, dev: bool) -> list[str]:
    """Debian names of what the machine lacks."""
    missing = []
    if sys.platform == "linux":
        for library, package in LIBRARIES.items():
            try:
                ctypes.CDLL(library)
            except OSError:
                missing.append(package)
    elif not any(Path(place, "libpango-1.0.dylib").exists() for place in mac_library_folders()):
        missing.append("pango")
    if dev:
        for package, programs in TEST_PROGRAMS.items():
            if package == "chromium" and MAC_CHROME.exists():
                continue
            asked = ("--version", "-v", "version")
            if not any(works([program, each]) for program in programs for each in asked):
                missing.append(package)
    return missing


def mac_library_folders() -> list[str]:
    return ["/opt/homebrew/lib", "/usr/local/lib", "/opt/local/lib"]


def install_by_apt(packages: list[str]) -> bool:
    """Install Debian packages if we may without asking; tell whether that worked."""
    if not shutil.which("apt-get"):
        return False
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=120", "-qq"]
    if os.geteuid() != 0:
        if not works(["sudo", "-n", "true"]):
            return False
        apt = ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive", *apt]
    print(f"Installing {', '.join(packages)} by apt …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(
            [*apt, *step], env=environment, stdout=subprocess.DEVNULL, check=False
        )
    return done.returncode == 0


def install_system_packages(*, dev: bool) -> bool:
    """Install what the machine lacks, or say what to install; tell whether all of it is there."""
    missing = missing_system_packages(dev=dev)
    if not missing:
        return True
    if install_by_apt(missing) and not missing_system_packages(dev=dev):
        return True
    print("Please install these, which this program may not or cannot install itself:")
    if sys.platform == "darwin":
        print(f"    brew install {' '.join(missing)}".replace("poppler-utils", "poppler"))
    else:
        print(f"    sudo apt-get install {' '.join(missing)}   (or what your system calls them)")
    print("Without Pango there are no PDFs; without the others the tests cannot run.")
    return False


def main(arguments: list[str]) -> int:
    if "--lock" in arguments:
        lock()
        return 0
    started = time.monotonic()
    dev = "--dev" in arguments
    install_packages(dev=dev)
    complete = install_system_packages(dev=dev)
    print(f"Packages are in place ({time.monotonic() - started:.1f} s).", flush=True)
    return 0 if complete or "--strict" not in arguments else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
