"""A test that was skipped has shown nothing: with TALON_NO_SKIP=1 the run fails.

And a random test that failed can be done once more.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"


def run_pytest(
    folder: Path, tests: str, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `tests` under this repository's conftest, in a pytest of their own."""
    (folder / "conftest.py").write_text(CONFTEST.read_text())
    (folder / "test_it.py").write_text("import pytest\n\n\n" + tests)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    mosquitto\n    influxdb\n")
    ours = ("TALON_NO_SKIP", "TALON_FAULTS_LONG")
    kept = {key: value for key, value in os.environ.items() if key not in ours}
    kept["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # others only take time here
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs"]
    return subprocess.run(
        [*command, *arguments, str(folder)],
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )


ONE_PASSES = "def test_runs():\n    pass\n\n\n"
SKIPS = {
    "by call": "def test_it():\n    pytest.skip('no paper')\n",
    "by mark": "@pytest.mark.skip('no paper')\ndef test_it():\n    pass\n",
    "as a file": "pytest.skip('no paper', allow_module_level=True)\n",
}


@pytest.mark.parametrize("tests", SKIPS.values(), ids=SKIPS)
def test_a_skipped_test_fails_the_run_in_ci_only(tests: str, tmp_path: Path) -> None:
    """… and the reason is said."""
    at_home = run_pytest(tmp_path, ONE_PASSES + tests)
    in_ci = run_pytest(tmp_path, ONE_PASSES + tests, TALON_NO_SKIP="1")
    assert at_home.returncode in (0, 5)  # 5: nothing collected
    assert "1 skipped" in at_home.stdout
    assert in_ci.returncode not in (0, 5)
    assert "no paper" in in_ci.stdout


def test_an_expected_failure_is_not_a_skip(tmp_path: Path) -> None:
    """What is marked xfail did run."""
    run = run_pytest(
        tmp_path, "@pytest.mark.xfail\ndef test_it():\n    assert 0\n", TALON_NO_SKIP="1"
    )
    assert run.returncode == 0
    assert "1 xfailed" in run.stdout


@pytest.mark.parametrize("marker", ["mosquitto", "influxdb"])
def test_a_test_without_its_server_is_skipped_with_the_remedy(marker: str, tmp_path: Path) -> None:
    """The reader learns which package is missing."""
    tests = f"import conftest\nconftest.server = lambda name: None\n\n\n@pytest.mark.{marker}\n"
    run = run_pytest(tmp_path, tests + "def test_it():\n    assert 0\n")
    assert "1 skipped" in run.stdout
    assert f"apt install {marker}" in run.stdout


DRAWS = "def test_draw(seed):\n    assert not seed, f'drew {seed}'\n"


def test_a_failure_names_its_seed_and_how_to_replay_it(tmp_path: Path) -> None:
    """Whether it was asked for or drawn."""
    asked = run_pytest(tmp_path, DRAWS, "--seed", "7")
    assert "drew 7" in asked.stdout
    assert "make faults ARGS='--seed 7 -k test_draw'" in asked.stdout
    drawn = run_pytest(tmp_path, DRAWS, TALON_FAULTS_LONG="1").stdout
    number = re.findall(r"drew (\d+)", drawn)[0]
    assert f"make faults LONG=1 ARGS='--seed {number} -k test_draw'" in drawn


def test_the_seed_is_fixed_in_the_short_form_only(tmp_path: Path) -> None:
    """CI does the same each time; a night of faults does not."""

    def draw(**environment: str) -> str:
        found: str = re.findall(r"drew (\d+)", run_pytest(tmp_path, DRAWS, **environment).stdout)[0]
        return found

    assert draw() == draw()
    assert draw(TALON_FAULTS_LONG="1") != draw(TALON_FAULTS_LONG="1")
