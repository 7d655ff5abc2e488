"""Few open files are never a fault of hosts, and what stays unchecked for it is said."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from staycurrent.warehouse.open import open_warehouse
from tests.flows.checking.test_interruption import AS_OF, LINKS, PROGRAM, ROOT, Site

FEW = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, ({files}, {files}))
"""
LOOKUPS = """
import errno, socket, threading
def look_up(host, port, **_):  # as the C library does, which calls it a fault of the name servers
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket() as other:
            other.settimeout(0.01)
            threading.Event().wait(0.01)
    except OSError:
        raise socket.gaierror(socket.EAI_AGAIN, "temporary failure") from None
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]
socket.getaddrinfo = look_up
"""
NEVER = """
import errno, socket
from staycurrent.web import transport
async def connect(*_, **__):
    raise OSError(errno.EMFILE, "too many open files")
transport.connect = connect
"""


def checked(
    site: Site, folder: Path, program: str, *, names: bool = False, shards: int = 1
) -> tuple[str, list[tuple[object, ...]]]:
    """What a check of the site says, and its outcomes with their counts."""
    site.lay_out(folder, shards=shards)
    if names:
        file = folder / "curated.md"
        text = file.read_text(encoding="utf-8")
        for number in range(1, 5):
            text = text.replace(f"http://127.0.0.{number}:", f"http://host-{number}.test:")
        file.write_text(text, encoding="utf-8")
    (folder / "program.py").write_text(program + PROGRAM, encoding="utf-8")
    process = subprocess.run(
        [sys.executable, str(folder / "program.py"), "check", "--as-of", AS_OF],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    with open_warehouse(folder / ".staycurrent" / "warehouse.duckdb", read_only=True) as warehouse:
        rows = warehouse.select("SELECT outcome::VARCHAR, count(*) FROM observations GROUP BY 1")
    return process.stderr, sorted(rows)


@pytest.mark.parametrize(
    ("files", "names", "shards"), [(24, False, 2), (64, True, 1)], ids=["addresses", "names"]
)
def test_few_descriptors_are_never_a_fault_of_hosts(
    tmp_path: Path, files: int, *, names: bool, shards: int
) -> None:
    site = Site(answered=1000)
    program = FEW.format(files=files) + (LOOKUPS if names else "")
    said, outcomes = checked(site, tmp_path, program, names=names, shards=shards)
    site.close()
    assert outcomes == [("gone", 4), ("ok", 36)], said
    assert said.count("because few files may be open: raise `ulimit -n`") == 1
    assert "not checked" not in said


def test_links_that_stay_unchecked_are_counted_with_the_mend(tmp_path: Path) -> None:
    site = Site(answered=1000)
    said, outcomes = checked(site, tmp_path, NEVER)
    site.close()
    assert outcomes == []
    assert (
        f"check: {LINKS} links not checked, because this machine is out of open files or memory: "
        "raise `ulimit -n`"
    ) in said
    assert said.count("not checked") == 1
