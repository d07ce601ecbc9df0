"""The record as a Workflow Run RO-Crate: results, configuration and code in one folder, with what was made of what.

The profile is https://w3id.org/ro/wfrun/workflow/0.5: the workflow is the crate's main entity, the run an action with
the workflow as its instrument; every product of the record besides is an action of its script.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from openkerr.record.record import MANIFEST, damaged, read_manifest
from openkerr.runtime.provenance import ROOT, code_of_rule, file_sha256

__all__ = ["CrateError", "check_crate", "write_crate"]

METADATA = "ro-crate-metadata.json"
SPECIFICATION = "1.1"
"""Version of RO-Crate on which version 0.5 of the profile rests."""
CONFIGURATION = "config/paper.yaml"
CONTENT = (
    *("Snakefile", "README.md", "LICENSE", "CITATION.cff", "pyproject.toml", "uv.lock", CONFIGURATION),
    *("config/claims.yaml", "envs/*.yaml", "envs/requirements.txt", "workflow/**/*.smk", "workflow/**/*.py"),
    *("workflow/**/*.rst", "workflow/schemas/*.json"),
)
"""What the crate holds of the repository besides the record, as patterns."""
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
FORMATS = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".md": "text/markdown",
    ".nc": "application/netcdf",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".rst": "text/x-rst",
    ".yaml": "application/yaml",
}


class CrateError(ValueError):
    """A record of which no crate can be made, or a crate that is broken; a line for each fault."""


def write_crate(root: Path, record: Path, output: Path) -> int:
    """Write a record of a repository as a crate, and return the number of its files.

    Parameters
    ----------
    root, record : path
        The repository, and the record inside it.
    output : path
        Folder of the crate, which must not exist.

    Raises
    ------
    CrateError
        If the record is damaged, or the folder is there.
    RecordError
        If there is no record.
    """
    from rocrate.rocrate import ROCrate

    manifest = read_manifest(record)
    if faults := damaged(record, manifest):
        raise CrateError("\n".join(faults))
    if output.exists():
        raise CrateError(f"{output} exists: name a folder that does not")
    place = record.resolve().relative_to(root.resolve()).as_posix()
    crate = ROCrate(version=SPECIFICATION)
    # The date of the results, so that the same record makes the same crate.
    products = dict(_products(record, manifest))
    newest = max(each["date"] for each in products.values())
    crate.name = "openkerr: quantum melting and chaos in driven-dissipative Kerr cavities"
    crate.description = "Two papers recomputed: tables, grids, figures and claims, with the workflow that made them."
    crate.root_dataset["datePublished"] = newest
    crate.license = _entity(crate, "https://spdx.org/licenses/BSD-3-Clause", "CreativeWork", name="BSD-3-Clause")
    workflow = crate.add_workflow(root / "Snakefile", "Snakefile", main=True, lang="snakemake")
    workflow["name"] = "openkerr"
    crate.root_dataset["conformsTo"] = [
        _entity(crate, url, "CreativeWork", name=name, version=version) for url, (name, version) in PROFILES.items()
    ]
    files = {
        path.relative_to(root).as_posix(): path
        for pattern in CONTENT
        for path in sorted(root.glob(pattern))
        if path.is_file() and path.name != "Snakefile"
    }
    files |= {f"{place}/{name}": record / name for name in (MANIFEST, *sorted(manifest))}
    held = {name: _file(crate, name, path) for name, path in files.items()}
    everything = [held[f"{place}/{name}"] for name in sorted(manifest)]
    versions = sorted({str(entry["revision"]) for entry in manifest.values() if entry.get("revision")})
    run = {
        "name": "Run at the papers' scale",
        "description": f"Recorded part by part, at the revisions {', '.join(versions)}.",
        "endTime": newest,
    }
    crate.add_action(workflow, "#run", object=[held[CONFIGURATION]], result=everything, properties=run)
    for name, product in sorted(products.items()):
        scripts = [f"workflow/{path.relative_to(ROOT).as_posix()}" for path in code_of_rule(product["rule"])]
        instruments = [held[path] for path in scripts if path in held]
        facts = {
            "name": product["rule"],
            "description": f"Code of fingerprint {product['fingerprint']}.",
            "endTime": product["date"],
        }
        crate.add_action(
            instruments or [workflow],
            f"#{name}",
            object=[held[f"{place}/{file}"] for file in product["inputs"]],
            result=[held[f"{place}/{file}"] for file in product["results"]],
            properties=facts,
        )
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".crate") as folder:
        crate.write(Path(folder, "crate"))
        Path(folder, "crate").rename(output)
    return len(files) + 1


def check_crate(folder: Path) -> None:
    """Hold a crate to the profile, and its files to their checksums; no network is needed.

    Raises
    ------
    CrateError
        With a line for each fault.
    """
    metadata = _metadata(folder)
    faults = []
    for entity in metadata["@graph"]:
        if "sha256" in entity:
            path = folder / str(entity["@id"])
            if not path.is_file():
                faults.append(f"{entity['@id']} is missing")
            elif file_sha256(path) != entity["sha256"]:
                faults.append(f"{entity['@id']} does not have its checksum")
    if faults := [*faults, *_against_profile(folder, metadata)]:
        raise CrateError("\n".join(faults))


def _metadata(folder: Path) -> dict[str, Any]:
    path = folder / METADATA
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))
        if not all("@id" in entity for entity in metadata["@graph"]):
            raise ValueError
    except FileNotFoundError:
        raise CrateError(f"{folder}: there is no crate ({METADATA} is missing)") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise CrateError(f"{path} cannot be read as the metadata of a crate") from None
    return metadata


def _against_profile(folder: Path, metadata: Mapping[str, Any]) -> list[str]:
    """Return what the profile's validator finds, a line each."""
    import rocrate
    from rocrate_validator import models, services

    # The validator would fetch the context from the network. The library has that of a later version, in which the name
    # of workflows has moved.
    kept = json.loads(Path(rocrate.__file__).with_name("data").joinpath("ro-crate.jsonld").read_text("utf-8"))
    context = {**kept["@context"], "ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow"}
    with tempfile.TemporaryDirectory() as cache:
        local = Path(shutil.copytree(folder, Path(cache, "crate"), copy_function=_link))
        (local / METADATA).unlink()
        (local / METADATA).write_text(json.dumps({**metadata, "@context": context}), encoding="utf-8")
        settings = models.ValidationSettings(
            rocrate_uri=str(local),
            profile_identifier="workflow-run-crate",
            requirement_severity=models.Severity.REQUIRED,
            offline=True,
            cache_path=Path(cache, "http"),
        )
        result = services.validate(settings)
    return sorted({f"{issue.violatingEntity or 'crate'}: {issue.message}" for issue in result.get_issues()})


def _link(source: str, target: str) -> None:
    Path(target).symlink_to(Path(source).resolve())


def _products(record: Path, manifest: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the products of a record with their rule, code and date, what they were made from and what came out."""
    by_checksum = {entry["sha256"]: name for name, entry in sorted(manifest.items())}
    for name in sorted(manifest):
        if not name.endswith(".json") or name.startswith("provenance/"):
            continue
        facts = json.loads((record / name).read_text(encoding="utf-8"))
        origin = facts.get("provenance", facts)
        made = sorted(each for each in manifest if each.rpartition(".")[0] == name.removesuffix(".json"))
        inputs = {**origin.get("tables", {}), **origin.get("grids", {}), **origin.get("inputs", {})}
        yield (
            name.removesuffix(".json"),
            {
                "rule": origin.get("rule", f"figure_{facts.get('figure')}"),
                "fingerprint": origin.get("fingerprint"),
                "date": origin["run"]["date"],
                # Raw files are not in the record: their checksums stand in the JSON beside the result.
                "inputs": sorted({by_checksum[each] for each in inputs.values() if each in by_checksum}),
                "results": made,
            },
        )


def _file(crate: Any, name: str, path: Path) -> Any:
    properties: dict[str, Any] = {"sha256": file_sha256(path), "contentSize": str(path.stat().st_size)}
    if path.suffix == ".py":
        properties["@type"] = ["File", "SoftwareSourceCode"]
    if path.suffix in FORMATS:
        properties["encodingFormat"] = FORMATS[path.suffix]
    return crate.add_file(path, name, properties={"name": path.name, **properties})


def _entity(crate: Any, identifier: str, kind: str, **properties: str) -> Any:
    from rocrate.model.contextentity import ContextEntity

    return crate.add(ContextEntity(crate, identifier, properties={"@type": kind, **properties}))
