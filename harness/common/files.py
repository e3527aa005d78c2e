"""Files: read into what they say, and there whole or not at all: written beside, then renamed.

A link keeps pointing where it does, a file that exists keeps its mode, and what is no regular
file (a terminal, a pipe, /dev/stdout) is written as it is. "-" is standard output.
"""

import contextlib
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, TypeVar

T = TypeVar("T")

LARGEST = 2**27
"""Bytes of a file that is read as text."""


class NotWritten(ValueError):
    """A file could not be written; the message is one line with its name."""


def parsed(path: str | Path, parse: Callable[[str], T]) -> T:
    """What `parse` makes of a file's text. Raises ValueError, one line with its name, if nothing.

    parse: raises ValueError for what it does not understand, or RecursionError for too much of it.
    """
    try:
        with open(path, "rb") as file:  # a device, such as /dev/zero, may have no end
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ValueError("it is larger than any that is read here")
        return parse(content.decode())
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"cannot read {path}: {reason(error)}") from None


def reason(error: Exception) -> str:
    """Why a file cannot be read, in one line: what an error says, else of which kind it is."""
    if isinstance(error, UnicodeDecodeError):
        return "it is not text in UTF-8"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    said = (isinstance(error, OSError) and error.strerror) or str(error)
    said = " ".join(said.split()).partition(" (char ")[0]  # which repeats the line and column
    return said or type(error).__name__


def plain(folder: Path) -> None:
    """Raise ValueError, one line, if something in a folder is no plain file of its own.

    For what comes from others: a link would let them read, or write, what is elsewhere; a pipe or a
    device may have no end.
    """
    for root, folders, names in os.walk(folder):
        for path in (Path(root, name) for name in [*folders, *names]):
            about = path.lstat()
            if stat.S_ISDIR(about.st_mode):
                continue
            if not stat.S_ISREG(about.st_mode) or about.st_nlink > 1:
                raise ValueError(f"{path} is refused: a link, or no file; copy what it stands for")
            if about.st_size > LARGEST:
                raise ValueError(f"{path} is refused: larger than any file that is read here")


def write(path: str | Path, content: str | bytes) -> None:
    """Write a file. Raises NotWritten if that cannot be."""
    with whole(path, "w" if isinstance(content, str) else "wb") as file:
        file.write(content)


@contextlib.contextmanager
def whole(path: str | Path, mode: str = "w") -> Iterator[IO[Any]]:
    """A file to write to, text as it is or ("wb") bytes, that is in its place after the block.

    If the block raises, the former file stays. Raises NotWritten if it cannot be written.
    """
    if (stream := standard(path)) is not None:
        with _one_line(path):
            yield stream if "b" not in mode else stream.buffer
            stream.flush()
        return
    text = {} if "b" in mode else {"encoding": "utf-8", "newline": ""}
    with replacing(path) as beside, open(beside, mode, **text) as file:  # type: ignore[call-overload]
        yield file


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """The path of a file to write, which is in the place of `path` after the block; as `whole`."""
    path = Path(path)
    if path.exists() and not path.is_file():
        with _one_line(path):
            yield path
        return
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
    with _one_line(path):
        # The system takes the umask off; asking for it would change it for other threads.
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        try:
            with contextlib.suppress(FileNotFoundError):
                os.chmod(beside, stat.S_IMODE(target.stat().st_mode))
            yield beside
            os.replace(beside, target)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


def writable(path: str | Path) -> None:
    """Raise ValueError, one line, if no file can be written there; before the work is done."""
    if standard(path) is not None:
        return
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder")
    in_place = path.exists() and not path.is_file()
    folder = Path(os.path.realpath(path)).parent
    if not (in_place or folder.is_dir()):
        raise ValueError(f"{path} cannot be written: no folder {folder}")
    if not os.access(path if in_place else folder, os.W_OK):
        raise ValueError(f"{path} cannot be written: Permission denied")


def standard(path: str | Path) -> Any:
    """Standard output or error, if the path names it: "-", /dev/stdout; None for another file.

    Also where it goes to a regular file, which must not be replaced while others write to it.
    """
    if str(path) == "-":
        return sys.stdout
    for descriptor, stream in ((1, sys.stdout), (2, sys.stderr)):
        with contextlib.suppress(OSError):
            if os.path.samestat(os.stat(path), os.fstat(descriptor)):
                return stream
    return None


@contextlib.contextmanager
def _one_line(path: str | Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        pass  # a reader, such as `head`, has seen enough: other files are written all the same
    except OSError as error:
        raise NotWritten(f"{path} cannot be written: {error.strerror or error}") from None
