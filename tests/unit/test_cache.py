"""The mark of compiled kernels: another code, choice of kernels, processor or folder has another one."""

from openkerr.runtime import cache
from openkerr.runtime.cache import compiled_mark


def test_a_mark_is_named_by_code_compiler_and_processor(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENKERR_CACHE_DIR", str(tmp_path))
    mark = compiled_mark("kerr_dimer", [{"variants": [["strang", "double", "gaussian"]]}, "code"])
    assert mark == compiled_mark("kerr_dimer", [{"variants": [["strang", "double", "gaussian"]]}, "code"])
    assert mark.parent.is_dir() and mark.is_relative_to(tmp_path) and not mark.exists()
    others = {
        compiled_mark("kerr_dimer", [{"variants": [["strang", "single", "gaussian"]]}, "code"]),
        compiled_mark("kerr_dimer", [{"variants": [["strang", "double", "gaussian"]]}, "edited"]),
        compiled_mark("bose_hubbard_chain", [{"variants": [["strang", "double", "gaussian"]]}, "code"]),
    }
    monkeypatch.setattr(cache, "cpu_model", lambda: "another")
    others.add(compiled_mark("kerr_dimer", [{"variants": [["strang", "double", "gaussian"]]}, "code"]))
    monkeypatch.undo()
    assert len(others) == 4 and mark not in others
