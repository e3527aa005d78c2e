"""Install one release into an asv environment, with its dependencies as of its upload date.

Run by the environment's own Python: `python install.py [--sources] BUILD_DIR ENV_DIR`. Wheels are
installed, of all packages; with --sources also what is there only as source, which runs code of it
on the machine as it is built, whoever made it. BUILD_DIR is the checkout of a history: the first
line of requirements.txt pins the release, further ones name what is installed beside it; the
commit's date is the upload date. In a history of commits the
first line is "commit:HASH", and the paths of that commit, which paths.txt names, are in `tree`.
`environments` has it `perform` the same for what it asks itself.
Only the standard library is used: nothing else is surely there.

Companion packages of a release (a core and its plugins) are uploaded minutes or hours apart, so
everything uploaded within a day of the release counts.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

SLACK = timedelta(hours=24)
# asv's half inside the environment, which asv has put there by the configuration's matrix; and
# what the harness reads memory with. They are resolved together with the release, whose own pins
# win.
_RUNNER = os.environ.get("HARNESS_RUNNER") or importlib.metadata.version("asv_runner")
RUNNER = f"asv_runner=={_RUNNER}"
CLOCK = "async-solipsism==0.10"  # an event loop with a virtual clock
SUPPORT = (RUNNER, CLOCK, "psutil")
COMMIT = "commit:"
LEFT_ALONE = ("pip", "setuptools", "wheel")
"""What uv neither brings nor takes away where a release does not ask for it."""
SOURCES = "--sources"
WHEELS = ("--only-binary", ":all:")
LONGEST = 150  # characters of a name that is part of a file's
KEPT = re.compile(r"(asv_runner|pip|setuptools|wheel|_virtualenv|_?distutils[-_a-z]*)\b")
"""What asv, and not a release, has put into the environment."""
OF_THE_INDEX = re.compile(
    r"Request failed|Failed to (fetch|download)|error sending request|network was disabled"
    r"|Content-Type|unexpected (JSON|HTML)|status (client|server) error|Hash mismatch|returned a 40"
    r"|Failed to read from zip file"  # a page in place of a wheel
)
"""What uv says where not the release is to blame but what the package index answers."""

LACKS = re.compile(r"no versions? of|was not found")
"""What uv says where its index has no such package, or no such version of it."""


class InstallError(Exception):
    """The release cannot be installed. Its text is one line; complaint is all that was said.

    "for now" is in the line where the release is not to blame.
    """

    def __init__(self, complaint: str, for_now: bool = False) -> None:
        when = " for now" if for_now or OF_THE_INDEX.search(complaint) else ""
        super().__init__(f"not installed{when}: {_gist(complaint)}")
        self.complaint, self.for_now = complaint, for_now


def main(build_dir: Path, env_dir: Path, sources: bool = False) -> None:
    """Install the release checked out in build_dir; raises InstallError."""
    wanted = (build_dir / "requirements.txt").read_text("utf-8").split()
    resolved = _resolved_path([*wanted, SOURCES] if sources else wanted)
    install(env_dir, wanted, _upload_date(build_dir), resolved, build_dir, sources=sources)


def perform(
    folder: str,
    wanted: list[str],
    uploaded: str,
    pins: list[str],
    near: list[str],
    own: bool,
    checkout: str,
    sources: bool,
) -> None:
    """As `install`. own: uploaded is the release's own date, so what asv resolved serves, too;
    checkout: "" for a release."""
    env_dir, build_dir = Path(folder), Path(checkout or folder)
    is_usual = own and not (pins or near or sources)
    resolved = _resolved_path(wanted) if is_usual else env_dir / "harness-resolved.txt"
    at = datetime.fromisoformat(uploaded)
    install(env_dir, wanted, at, resolved, build_dir, pins, near, sources)


def install(
    env_dir: Path,
    wanted: list[str],
    uploaded: datetime,
    resolved: Path,
    build_dir: Path,
    pins: Sequence[str] = (),
    near: Sequence[str] = (),
    sources: bool = False,
) -> None:
    """Install what is wanted as of a day; raises InstallError.

    resolved: the file that keeps what that is, exactly. pins: `name==version` of what may be
    installed in no other version, however new; near: of what keeps that version unless something
    else is against it. sources: also what has no wheel.
    """
    freeze = env_dir / "harness-freeze.txt"
    former = _pins(freeze)
    freeze.unlink(missing_ok=True)  # never let a failed install keep the former release's list
    asof = uploaded + SLACK
    uv = _uv()
    kinds = () if sources else WHEELS
    was_resolved = resolved.exists() and _head(wanted, asof) in resolved.read_text("utf-8")
    if not was_resolved:
        _resolve([*uv, "pip", "compile", *kinds], wanted, asof, resolved, pins, near)
    with _changing(env_dir) as lock:
        _drop_bytecode(former ^ _pins(resolved) if former else None)
        _sync([*uv, "pip", "sync", *kinds], resolved, was_resolved, lock)
        _put_on_path(build_dir)
    listing = _run([*uv, "pip", "freeze", "--quiet", "--python", sys.executable])
    freeze.write_text(f"{_head(wanted, asof)}# {python_tag()}\n{listing}", "utf-8")


@contextlib.contextmanager
def _changing(env_dir: Path) -> Iterator[int]:
    """Change the environment alone; first remove what an install has left that was cut short.

    A package that was half removed may look installed. The lock is also of the uv that gets its
    descriptor: one whose install.py was killed goes on.
    """
    with (env_dir / "harness-installing").open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_size:
            _clear()
        else:
            file.write(b"changing\n")
            file.flush()
        yield file.fileno()
        file.truncate(0)


def _clear() -> None:
    paths = sysconfig.get_paths()
    for place in {paths["purelib"], paths["platlib"]}:
        for path in [path for path in Path(place).iterdir() if not KEPT.match(path.name)]:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def _put_on_path(build_dir: Path) -> None:
    """Let Python find the modules and packages that are in the tree of a commit, if it is one.

    Before what is installed: that may be a release of the same package, for its dependencies.
    """
    installed = sysconfig.get_paths()["purelib"]
    link = Path(installed, "harness-tree.pth")
    link.unlink(missing_ok=True)
    if not (listed := build_dir / "paths.txt").exists():
        return
    tree = build_dir.resolve() / "tree"
    there = [
        path for line in listed.read_text("utf-8").splitlines() if (path := tree / line).exists()
    ]
    if not there:
        raise InstallError("the commit has none of the paths")
    # A folder that is no package has packages in it.
    is_root = {path: path.is_dir() and not (path / "__init__.py").exists() for path in there}
    roots = dict.fromkeys(str(path if is_root[path] else path.parent) for path in there)
    place = f"place = sys.path.index({installed!r}) if {installed!r} in sys.path else len(sys.path)"
    link.write_text(f"import sys; {place}; sys.path[place:place] = {list(roots)!r}\n", "utf-8")
    # As an installer does; what does not compile is the commit's.
    compiling = [sys.executable, "-m", "compileall", "-q", "-j", "0", str(tree)]
    subprocess.run(compiling, capture_output=True, check=False)


def _upload_date(build_dir: Path) -> datetime:
    seconds = _run(["git", "log", "-1", "--format=%ct"], cwd=build_dir)
    return datetime.fromtimestamp(int(seconds), UTC)


def _uv() -> list[str]:
    """uv of the environment that runs asv, so that the measured one stays small."""
    choices = [[p, "-m", "uv"] for p in (os.environ.get("HARNESS_PYTHON"), sys.executable) if p]
    if found := shutil.which("uv"):
        choices.append([found])
    for choice in choices:
        if subprocess.run([*choice, "--version"], capture_output=True, check=False).returncode == 0:
            return choice
    raise InstallError("uv is missing: install it where asv is installed")


def _resolve(
    compiling: list[str],
    wanted: list[str],
    asof: datetime,
    resolved: Path,
    pins: Sequence[str] = (),
    near: Sequence[str] = (),
) -> None:
    """Write the exact set that the release, and what is beside it, had on its upload date."""
    named = [each for each in wanted if not each.startswith(COMMIT)]
    asked = "\n".join([*named, *SUPPORT]) + "\n"
    command = [*compiling, "-", "--quiet", "--no-header", "--no-annotate"]
    command += ["--python", sys.executable, "--exclude-newer", _iso(asof)]
    # Exact pins need no date: a platform's wheel may come late, and the runner is of today.
    for exact in (*filter(re.compile("==").search, named[:1]), RUNNER, CLOCK, *pins):
        name = re.split(r"[\[=]", exact)[0]
        command += ["--exclude-newer-package", f"{name}={_iso(datetime.now(UTC))}"]
    if pins:
        constraints = resolved.with_suffix(".pins")
        constraints.write_text("".join(f"{each}\n" for each in pins), "utf-8")
        command += ["--constraints", str(constraints)]
    former = resolved.with_suffix(".near")
    if near:  # uv keeps what a former output has, where it can
        former.write_text("".join(f"{each}\n" for each in near), "utf-8")
        command += ["--output-file", str(former)]
    try:
        listing = _run_anew(command, stdin=asked)
    except InstallError as error:
        # A pre-release may need pre-releases; uv must be asked for them.
        if "prerelease" not in error.complaint:
            # The index has listed the release: if it has none now, it may be that of a login page.
            raise _as_of(error, wanted[0], *SUPPORT) from None
        listing = _run([*command, "--prerelease", "allow"], stdin=asked)
    if near:  # then uv prints nothing
        listing = former.read_text("utf-8")
    resolved.parent.mkdir(parents=True, exist_ok=True)
    beside = resolved.with_suffix(f".{os.getpid()}")
    beside.write_text(_head(wanted, asof) + listing, "utf-8")
    os.replace(beside, resolved)


def _sync(syncing: list[str], resolved: Path, offline_first: bool, lock: int) -> None:
    """Make the environment exactly the resolved set: nothing of another release stays behind."""
    command = [*syncing, "--quiet", "--compile-bytecode", "--python", sys.executable]
    if offline_first:  # what was installed before is in uv's cache: faster, and needs no network
        try:
            _run([*command, "--offline", str(resolved)], lock=lock)
            return
        except InstallError:
            pass
    try:
        _run_anew([*command, str(resolved)], lock=lock)
    except InstallError as error:
        raise _as_of(error, *_pins(resolved)) from None


def _as_of(error: InstallError, *known: str) -> InstallError:
    """The error; "for now" where the index has none of what it has had, `name==version` each."""
    bare = (re.split(r"[\[=]", each)[0].replace("_", "-") for each in known)
    names = "|".join(map(re.escape, bare))
    none = rf"no version of ({names})(\[.*?\])?==|({names}) was not found"
    is_gone = re.search(none, error.complaint) is not None
    return InstallError(error.complaint, error.for_now or is_gone)


def _pins(path: Path) -> set[str]:
    """The packages of a list, `name==version` each."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {line.split(";")[0].strip() for line in lines if "==" in line and line[0] != "#"}


def _drop_bytecode(changed: set[str] | None) -> None:
    """Reproducible wheels give every release the same file times, so that the bytecode of one
    release would pass for that of a file of the same size in the next: drop that of what changes,
    or of all."""
    folders: Iterable[Path] = Path(sysconfig.get_paths()["purelib"]).rglob("__pycache__")
    if changed is not None:
        named = Counter(each.partition("==")[0] for each in changed)
        for name in LEFT_ALONE:
            if named[name] < 2:  # its version is not another one
                del named[name]
        found = [importlib.metadata.distribution(n) for n in named if _is_installed(n)]
        files = (each.locate_file(file) for each in found for file in each.files or ())
        folders = {Path(str(file)).parent / "__pycache__" for file in files}
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _is_installed(name: str) -> bool:
    return any(True for _ in importlib.metadata.distributions(name=name))


def _head(wanted: list[str], asof: datetime) -> str:
    """Says what a resolved set answers, so that a set for another question is not used."""
    return f"# {' '.join([*wanted, *SUPPORT])}\n# as of {_iso(asof)}\n"


def _resolved_path(wanted: list[str]) -> Path:
    root = os.environ.get("AGENT_BENCHMARKS_CACHE")
    cache = Path(root) if root else Path(__file__).resolve().parents[2] / ".cache"
    name = "+".join(wanted).replace("==", "-").replace(COMMIT, "")
    if len(name) > LONGEST:
        name = f"{name[:LONGEST]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return cache / "resolved" / f"{name}-{python_tag()}.txt"


def python_tag() -> str:
    """The implementation, patch version and platform of this Python, which figures depend on."""
    return (
        f"{platform.python_implementation()}{platform.python_version()}-{sysconfig.get_platform()}"
    )


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _run(command: list[str], cwd: Path | None = None, stdin: str = "", lock: int = 0) -> str:
    """The command's output; raises InstallError with the gist of what it complained about.

    lock: a descriptor that it holds, too.
    """
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
            pass_fds=[lock] if lock else [],
        )
    except subprocess.CalledProcessError as error:
        if error.returncode < 0:
            ended = f"uv was ended by signal {-error.returncode}"
            raise InstallError(ended, for_now=True) from None
        raise InstallError(error.stderr) from None
    return done.stdout


def _run_anew(command: list[str], stdin: str = "", lock: int = 0) -> str:
    """`_run`; if the index seems to lack something, again without what uv has kept of its lists: a
    login page may be kept in place of one."""
    try:
        return _run(command, stdin=stdin, lock=lock)
    except InstallError as error:
        if os.environ.get("UV_OFFLINE") or not LACKS.search(error.complaint):
            raise
        return _run([*command, "--refresh"], stdin=stdin, lock=lock)


def _gist(complaint: str) -> str:
    """uv draws its reasons as a tree over several lines: join them, without the ornaments."""
    lines = [re.sub(r"[^ -~]", "", line).strip() for line in complaint.splitlines()]
    reason = " ".join(line for line in lines if line and not line.startswith(("hint:", "warning:")))
    # The reason is kept with the results: it must not carry the user's index into them.
    return re.sub(r"\w+://[^\s)]+", "(address)", reason)[:400] or "no reason given"


if __name__ == "__main__":
    try:
        *options, build_dir, env_dir = sys.argv[1:]
        main(Path(build_dir), Path(env_dir), sources=options == [SOURCES])
    except InstallError as failure:
        sys.exit(f"{failure.complaint}\n{failure}")
