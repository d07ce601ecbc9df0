"""Set every version in envs/*.yaml to the one in uv.lock; a package that the lock lacks is an error."""

import re
import sys
import tomllib
from pathlib import Path

# conda-forge's name where it is not the one on PyPI in lower case.
PYPI_NAMES = {"matplotlib-base": "matplotlib"}
PIN = re.compile(r"^(?P<head>\s*- )(?P<name>[a-z0-9_-]+)=(?P<version>[^=\s]+)$", re.MULTILINE)


def main() -> int:
    """Rewrite the files in place."""
    root = Path(__file__).resolve().parents[1]
    lock = tomllib.loads((root / "uv.lock").read_text())
    versions = {package["name"]: package["version"] for package in lock["package"]}
    for path in sorted((root / "envs").glob("*.yaml")):

        def pin(match: re.Match, path: Path = path) -> str:
            name = match["name"]
            if name == "python":
                return match[0]
            if PYPI_NAMES.get(name, name) not in versions:
                sys.exit(f"{path.relative_to(root)}: {name} is not in uv.lock")
            return f"{match['head']}{name}={versions[PYPI_NAMES.get(name, name)]}"

        path.write_text(PIN.sub(pin, path.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
