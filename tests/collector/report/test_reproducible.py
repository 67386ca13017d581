"""The same report gives the same bytes: in another process, folder, locale and order of hashes."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from collector.report.compose import compose
from collector.report.html import as_html
from collector.report.opendata import as_files, as_json
from collector.report.pdf import as_pdf
from collector.report.text import as_text
from collector.report.words import LANGS
from collector.report.xlsx import as_xlsx
from tests.collector.report.samples import public, quarter

ROOT = Path(__file__).parents[3]


def digests() -> str:
    """What every format makes of two samples: a line for each, its name and SHA-256."""
    lines = []
    for report in (public(), quarter()):
        made: dict[str, bytes] = {"json": as_json(report), **as_files(report, "uk")}
        for lang in LANGS:
            document = compose(report, lang)
            made[f"html {lang}"] = as_html(document)
            made[f"pdf {lang}"] = as_pdf(document)
            made[f"xlsx {lang}"] = as_xlsx(report, lang)
            made[f"text {lang}"] = as_text(document).encode()
        lines += [
            f"{report.period} {name} {hashlib.sha256(content).hexdigest()}"
            for name, content in made.items()
        ]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("seed", "locale", "zone"), [("1", "uk_UA.UTF-8", "Europe/Kyiv"), ("2", "C", "Asia/Kathmandu")]
)
def test_another_process_makes_the_same_bytes(
    tmp_path: Path, seed: str, locale: str, zone: str
) -> None:
    """PDF and XLSX, too."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONHASHSEED": seed,
        "LC_ALL": locale,
        "LANG": locale,
        "TZ": zone,
        "PYTHONUTF8": "0",
    }
    code = "from tests.collector.report.test_reproducible import digests; print(digests())"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip().splitlines() == digests().splitlines()
    assert len(set(digests().splitlines())) > 40
