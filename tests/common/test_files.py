import os
import stat
import subprocess
import sys

import pytest
from places import ROOT

from harness.common.files import replacing, whole, writable, write


@pytest.fixture
def umask():
    """Set the umask for one test."""
    before = os.umask(0)
    yield os.umask
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(("mask", "expected"), [(0o077, 0o600), (0o022, 0o644), (0o002, 0o664)])
def test_a_new_file_has_the_mode_that_the_umask_leaves(tmp_path, umask, mask, expected):
    umask(mask)
    write(tmp_path / "new", "text")
    assert mode(tmp_path / "new") == expected


def test_an_existing_file_keeps_its_mode(tmp_path, umask):
    path = tmp_path / "old"
    path.write_text("before")
    path.chmod(0o640)
    umask(0o077)
    write(path, "after")
    assert (path.read_text(), mode(path)) == ("after", 0o640)


def test_a_link_stays_and_what_it_points_to_is_written(tmp_path):
    (tmp_path / "folder").mkdir()
    for name in ("there", "not there"):
        target, link = tmp_path / "folder" / name, tmp_path / f"to {name}"
        link.symlink_to(target)
        if name == "there":
            target.write_text("before")
        writable(link)
        write(link, "after")
        assert link.is_symlink() and target.read_text() == "after"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_failure_leaves_the_former_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "file"
    path.write_text("before")
    with pytest.raises(error), whole(path) as file:
        file.write("half")
        raise error
    assert path.read_text() == "before"
    with pytest.raises(error), whole(tmp_path / "new") as file:
        raise error
    assert os.listdir(tmp_path) == ["file"]


def test_lines_and_bytes_are_written_as_they_are(tmp_path):
    with whole(tmp_path / "text") as file:
        file.write("ä\r\nb\n")
    assert (tmp_path / "text").read_bytes() == "ä\r\nb\n".encode()
    write(tmp_path / "bytes", b"\x00\xff")
    assert (tmp_path / "bytes").read_bytes() == b"\x00\xff"
    with replacing(tmp_path / "other") as beside:
        beside.write_text("by somebody else")
    assert (tmp_path / "other").read_text() == "by somebody else"


def test_a_pipe_is_written_in_place(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True) as reader:
        writable(pipe)
        write(pipe, "through")
        assert reader.communicate()[0] == "through"
    assert stat.S_ISFIFO(pipe.lstat().st_mode)


PROGRAM = """
import sys
from harness.common.files import writable, write
print("before")
writable(sys.argv[1])
write(sys.argv[1], "text\\n")
write(sys.argv[1], b"bytes\\n")
print("after")
"""


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "to stdout"])
@pytest.mark.parametrize("into", ["pipe", "file"])
def test_standard_output_is_written_and_stays_what_it_is(tmp_path, name, into):
    if name == "to stdout":
        name = str(tmp_path / name)
        os.symlink("/dev/stdout", name)
    command = [sys.executable, "-c", PROGRAM, name]
    if into == "pipe":
        out = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout
    else:
        with open(tmp_path / "out", "w") as file:
            subprocess.run(command, cwd=ROOT, stdout=file)
        out = (tmp_path / "out").read_text()
    assert out == "before\ntext\nbytes\nafter\n"
    assert os.path.islink("/dev/stdout")


def test_what_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    for path, reason in (
        (tmp_path, "folder"),
        (tmp_path / "none" / "file", "no folder"),
        (tmp_path / "file" / "file", "no folder"),
    ):
        with pytest.raises(ValueError, match=reason) as raised:
            writable(path)
        assert "\n" not in str(raised.value)
        with pytest.raises(ValueError, match="cannot be written: ") as raised:
            write(path, "text")
        assert "\n" not in str(raised.value)
    writable(tmp_path / "new")
    writable("-")
    assert os.listdir(tmp_path) == ["file"]


PEOPLE = """
import argparse, sys
from pathlib import Path
from harness.common.options import Outputs
for name in sys.argv[1:]:
    outputs = Outputs(argparse.Namespace(formats=["json"], json=Path(name)))
    print(name, file=outputs.people)
"""


def test_text_for_people_makes_way_for_a_document_on_standard_output(tmp_path):
    names = ["-", "/dev/stdout", str(tmp_path / "file")]
    command = [sys.executable, "-c", PEOPLE, *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stderr.split(), done.stdout.split()) == (names[:2], names[2:])
