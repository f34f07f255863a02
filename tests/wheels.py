"""Ask whether every pinned package has a wheel for each platform and Python that the README names.

`make audit` runs it; it asks the package index, so it is no test.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

REQUIREMENTS = Path(__file__).parent.parent / "requirements"
FILES = {"run": "the product", "clips": "the container", "test": "the tests"}
"""Requirements file → what installs it. Those of `tools` may be built from their source."""

PLATFORMS = {
    "Linux x86-64": "x86_64-manylinux_2_28",
    "Linux aarch64": "aarch64-manylinux_2_28",
    "macOS arm64": "aarch64-apple-darwin",
}
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
MACOS = "14.0"
"""The oldest macOS that has wheels of all that the tests need."""


def problem(uv: str, file: str, platform: str, python: str) -> str:
    """Return why a file cannot be installed from wheels alone, by their hashes; "" if it can."""
    command = [uv, "pip", "install", "--dry-run", "--quiet", "--no-config", "--require-hashes"]
    command += ["--only-binary=:all:", "--python-platform", platform, "--python-version", python]
    env = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": MACOS}
    with tempfile.TemporaryDirectory() as folder:
        command += ["--target", folder, "-r", str(REQUIREMENTS / f"{file}.txt")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    return "" if done.returncode == 0 else done.stderr.strip()[-300:]


def main() -> None:
    """Print a line for each platform and Python; exit with 1 if one lacks a wheel."""
    uv, failed = sys.argv[1], False
    for name, platform in PLATFORMS.items():
        for python in PYTHONS:
            whys = {FILES[file]: problem(uv, file, platform, python) for file in FILES}
            lacking = [f"{what} cannot be installed: {why}" for what, why in whys.items() if why]
            failed = failed or bool(lacking)
            wheels = "; ".join(lacking) or f"wheels for {', '.join(FILES.values())}"
            sys.stdout.write(f"{name}, Python {python}: {wheels}\n")
    sys.exit(failed)


if __name__ == "__main__":
    main()
