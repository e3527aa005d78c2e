"""Install one release into an asv environment, with its dependencies as of its upload date.

Run by the environment's own Python: `python install.py BUILD_DIR ENV_DIR`. BUILD_DIR is the
checkout of a history: the first line of requirements.txt pins the release, further ones
name what is installed beside it; the commit's date is the upload date. In a history of commits the
first line is "commit:HASH", and the paths of that commit, which paths.txt names, are in `tree`.
`environments` has it `perform` the same for what it asks itself.
Only the standard library is used: nothing else is surely there.

Companion packages of a release (a core and its plugins) are uploaded minutes or hours apart, so
everything uploaded within a day of the release counts.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterable, Sequence
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


class InstallError(Exception):
    """The release cannot be installed. Its text is one line; complaint is all that was said."""

    def __init__(self, complaint: str) -> None:
        super().__init__(_gist(complaint))
        self.complaint = complaint


def main(build_dir: Path, env_dir: Path) -> None:
    """Install the release checked out in build_dir; raises InstallError."""
    wanted = (build_dir / "requirements.txt").read_text("utf-8").split()
    install(env_dir, wanted, _upload_date(build_dir), _resolved_path(wanted), build_dir)


def perform(
    folder: str,
    wanted: list[str],
    uploaded: str,
    pins: list[str],
    near: list[str],
    own: bool,
    checkout: str,
) -> None:
    """As `install`. own: uploaded is the release's own date, so what asv resolved serves, too;
    checkout: "" for a release."""
    env_dir, build_dir = Path(folder), Path(checkout or folder)
    is_usual = own and not (pins or near)
    resolved = _resolved_path(wanted) if is_usual else env_dir / "harness-resolved.txt"
    install(env_dir, wanted, datetime.fromisoformat(uploaded), resolved, build_dir, pins, near)


def install(
    env_dir: Path,
    wanted: list[str],
    uploaded: datetime,
    resolved: Path,
    build_dir: Path,
    pins: Sequence[str] = (),
    near: Sequence[str] = (),
) -> None:
    """Install what is wanted as of a day; raises InstallError.

    resolved: the file that keeps what that is, exactly. pins: `name==version` of what may be
    installed in no other version, however new; near: of what keeps that version unless something
    else is against it.
    """
    freeze = env_dir / "harness-freeze.txt"
    former = _pins(freeze)
    freeze.unlink(missing_ok=True)  # never let a failed install keep the former release's list
    asof = uploaded + SLACK
    uv = _uv()
    was_resolved = resolved.exists() and _head(wanted, asof) in resolved.read_text("utf-8")
    if not was_resolved:
        _resolve(uv, wanted, asof, resolved, pins, near)
    _drop_bytecode(former ^ _pins(resolved) if former else None)
    _sync(uv, resolved, offline_first=was_resolved)
    _put_on_path(build_dir)
    listing = _run([*uv, "pip", "freeze", "--quiet", "--python", sys.executable])
    freeze.write_text(f"{_head(wanted, asof)}# {_platform()}\n{listing}", "utf-8")


def _put_on_path(build_dir: Path) -> None:
    """Let Python find the modules and packages that are in the tree of a commit, if it is one.

    Before what is installed: that may be a release of the same package, for its dependencies.
    """
    installed = sysconfig.get_paths()["purelib"]
    link = Path(installed, "harness-tree.pth")
    link.unlink(missing_ok=True)
    if not (told := build_dir / "paths.txt").exists():
        return
    tree = build_dir.resolve() / "tree"
    there = [
        path for line in told.read_text("utf-8").splitlines() if (path := tree / line).exists()
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
    uv: list[str],
    wanted: list[str],
    asof: datetime,
    resolved: Path,
    pins: Sequence[str],
    near: Sequence[str],
) -> None:
    """Write the exact set that the release, and what is beside it, had on its upload date."""
    named = [each for each in wanted if not each.startswith(COMMIT)]
    asked = "\n".join([*named, *SUPPORT]) + "\n"
    command = [*uv, "pip", "compile", "-", "--quiet", "--no-header", "--no-annotate"]
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
        listing = _run(command, stdin=asked)
    except InstallError as error:
        # A pre-release may need pre-releases; uv wants to be told so.
        if "prerelease" not in error.complaint:
            raise
        listing = _run([*command, "--prerelease", "allow"], stdin=asked)
    if near:  # then uv prints nothing
        listing = former.read_text("utf-8")
    resolved.parent.mkdir(parents=True, exist_ok=True)
    beside = resolved.with_suffix(f".{os.getpid()}")
    beside.write_text(_head(wanted, asof) + listing, "utf-8")
    os.replace(beside, resolved)


def _sync(uv: list[str], resolved: Path, offline_first: bool) -> None:
    """Make the environment exactly the resolved set: nothing of another release stays behind."""
    command = [*uv, "pip", "sync", "--quiet", "--compile-bytecode", "--python", sys.executable]
    if offline_first:  # what was installed before is in uv's cache: faster, and needs no network
        try:
            _run([*command, "--offline", str(resolved)])
            return
        except InstallError:
            pass
    _run([*command, str(resolved)])


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
    return cache / "resolved" / f"{name}-{_platform()}.txt"


def _platform() -> str:
    return (
        f"{platform.python_implementation()}{platform.python_version()}-{sysconfig.get_platform()}"
    )


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _run(command: list[str], cwd: Path | None = None, stdin: str = "") -> str:
    """The command's output; raises InstallError with the gist of what it complained about."""
    try:
        done = subprocess.run(
            command, cwd=cwd, input=stdin, capture_output=True, text=True, check=True
        )
    except subprocess.CalledProcessError as error:
        raise InstallError(error.stderr) from None
    return done.stdout


def _gist(complaint: str) -> str:
    """uv draws its reasons as a tree over several lines: join them, without the ornaments."""
    lines = [line.encode("ascii", "ignore").decode().strip() for line in complaint.splitlines()]
    reason = " ".join(line for line in lines if line and not line.startswith(("hint:", "warning:")))
    # The reason is kept with the results: it must not carry the user's index into them.
    return re.sub(r"\w+://[^\s)]+", "(address)", reason)[:400] or "no reason given"


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    except InstallError as failure:
        sys.exit(f"{failure.complaint}\nnot installed: {failure}")
