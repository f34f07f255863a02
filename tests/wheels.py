"""Ask whether every pinned package of the product has a wheel for each platform that it names.

`make audit` runs it; it asks the package index, so it is no test.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

RUN = Path(__file__).parent.parent / "requirements" / "run.txt"
PLATFORMS = {
    "Linux x86-64": "x86_64-manylinux_2_28",
    "Linux aarch64": "aarch64-manylinux_2_28",
    "macOS arm64": "aarch64-apple-darwin",
}
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


def problem(uv: str, platform: str, python: str) -> str:
    """Return why the product cannot be installed from wheels alone; "" if it can."""
    with tempfile.TemporaryDirectory() as folder:
        command = [uv, "pip", "install", "--quiet", "--no-config", "--only-binary=:all:"]
        command += ["--python-platform", platform, "--python-version", python]
        command += ["--require-hashes", "--target", folder, "-r", str(RUN)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr.strip()[-300:]


def main() -> None:
    """Print a line for each platform and Python; exit with 1 if one lacks a wheel."""
    uv, failed = sys.argv[1], False
    for name, platform in PLATFORMS.items():
        for python in PYTHONS:
            why = problem(uv, platform, python)
            failed = failed or bool(why)
            sys.stdout.write(f"{name}, Python {python}: {why or 'wheels for everything'}\n")
    sys.exit(failed)


if __name__ == "__main__":
    main()
