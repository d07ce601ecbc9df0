# The front door: every target builds the locked environment by itself. Needed: python3 (3.11 to 3.13), make, a package index.
# Without make:   uv sync --locked                                    (uv at hand), or with pip alone:
#                 python3 -m venv .venv && .venv/bin/pip install --require-hashes -r envs/requirements.txt
#                 .venv/bin/pip install --no-deps -e . && PATH="$PWD/.venv/bin:$PATH" snakemake --cores 2

# Shells expand the first four inside double quotes, Snakemake the braces of paths.
ODD_MARKS := " ` \ $$ { }
ifneq ($(words $(CURDIR))$(strip $(foreach mark,$(ODD_MARKS),$(findstring $(mark),$(CURDIR)))),1)
$(error No run is possible in a folder whose path has a space or one of $(ODD_MARKS): $(CURDIR))
endif

UV_VERSION := 0.13.9
CORES ?= $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
CONFIG ?=
TARGETS ?=
ARGS ?=
TESTS ?= tests/workflow tests/physics tests/unit
PYTEST_ARGS ?=
SCALE ?= default
MUTANTS ?= openkerr.analysis openkerr.numerics
SAMPLE ?= 50

# Nothing of the caller's shell reaches the environment: no other index, no stray modules.
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV UV_CONFIG_FILE UV_CONSTRAINT UV_DEFAULT_INDEX UV_EXCLUDE_NEWER UV_EXTRA_INDEX_URL
unexport UV_FIND_LINKS UV_INDEX UV_INDEX_STRATEGY UV_INDEX_URL UV_NO_INDEX UV_OVERRIDE UV_PRERELEASE UV_PROJECT UV_RESOLUTION
# A run starts a Python for every job: reading bytecode takes a third of the time that compiling it each time does.
unexport PYTHONDONTWRITEBYTECODE
# A notebook's backend, which Matplotlib refuses outside of it.
unexport MPLBACKEND
export UV_COMPILE_BYTECODE := 1
export UV_NO_CONFIG := 1
export UV_PROJECT_ENVIRONMENT := .venv
export UV_PYTHON_DOWNLOADS := never

in_env := export PATH="$(CURDIR)/.venv/bin:$$PATH";
# The user's cache of uv, or one in this folder where that cannot be written.
uv := cache="$${UV_CACHE_DIR:-$${XDG_CACHE_HOME:-$$HOME/.cache}/uv}"; \
	{ mkdir -p "$$cache" && [ -w "$$cache" ]; } 2>/dev/null || cache="$(CURDIR)/.tools/cache"; \
	UV_CACHE_DIR="$$cache" .tools/bin/uv

.DEFAULT_GOAL := help
.PHONY: help env figures paper estimate report numbers record crate verify test check pictures mutants fuzz faults bench bench-peers bench-liouvillian lint format docs slurm lock clean distclean FORCE

help: ## print this list
	@echo 'usage: make TARGET [CORES=n] [CONFIG=config/paper.yaml] [TARGETS=figure_torus_2] [MUTANTS=openkerr.analysis.decay] [ARGS=...] [TESTS=...] [PYTEST_ARGS=...] [PYTHON=...]'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' Makefile

env: .venv/.locked ## build the locked environment in .venv

figures: .venv/.locked ## run the workflow: every figure at the scale of CONFIG (default: the reduced scale)
	@[ -z "$(CONFIG)" ] || [ -f "$(CONFIG)" ] || { echo "CONFIG=$(CONFIG): there is no such file" >&2; exit 1; }
	@$(in_env) python .ci/unlock.py
	@if [ -t 2 ] && [ -z "$$CI" ]; then logger='--logger rich'; else logger=; fi; $(in_env) set -x; \
	snakemake $(if $(CONFIG),--configfile $(CONFIG)) $$logger --cores $(CORES) $(ARGS) $(TARGETS)

paper: ## the same at the papers' scale (hours)
	@$(MAKE) figures CONFIG=config/paper.yaml

estimate: .venv/.locked ## tell jobs, time, memory and disk of such a run (CONFIG, default: the papers; TARGETS)
	@$(in_env) python -m openkerr estimate --cores $(CORES) $(or $(CONFIG),config/paper.yaml) $(if $(TARGETS),--targets $(TARGETS))

report: .venv/.locked ## write report.html, one page that needs no network, of the record or of the finished run at SCALE
	@$(in_env) python -m openkerr report results/$(if $(filter file,$(origin SCALE)),record,$(SCALE))

numbers: .venv/.locked ## write numbers.tex and numbers.csv for a manuscript: key values and claims of the record
	@$(in_env) python -m openkerr numbers --tex numbers.tex --csv numbers.csv

record: .venv/.locked ## copy the finished run at the papers' scale into results/record (ARGS: parts, or --scale)
	@$(in_env) python -m openkerr record $(ARGS)

crate: .venv/.locked ## write record, configuration and code as a Workflow Run RO-Crate in crate/, and check it
	@$(in_env) rm -rf crate && python -m openkerr crate --output crate

verify: .venv/.locked ## check the record: checksums, versions, one job of every rule anew, and all tables at the reduced scale
	@$(in_env) python -m openkerr verify --no-sample
	@$(in_env) python -m openkerr verify --jobs
	@$(MAKE) --no-print-directory figures CONFIG= TARGETS= ARGS=
	@$(in_env) python -m openkerr verify

# The longest files first, each whole in one process: what its tests share is made once.
test: .venv/.locked ## run the tests on all cores: workflow, physics, unit
	$(in_env) python -m pytest $(TESTS) -n $(CORES) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

pictures: .venv/.locked ## draw the pictures that the tests hold figures against anew, in tests/pictures
	$(in_env) python tests/kept_pictures.py

mutants: .tools/mutants/.locked ## plant small faults in MUTANTS (default: analysis, numerics), SAMPLE of them, and print those that the tests let pass
	@.tools/mutants/bin/python tests/mutants.py --sample $(SAMPLE) $(MUTANTS) $(ARGS)

fuzz: .venv/.locked ## random configurations and calls: each ends in right numbers, one line, or nothing said so; resumable (ARGS: --calls, --minutes, --again)
	@$(in_env) cd tests && python -m fuzz --log ../.tools/fuzz.jsonl $(ARGS)

faults: .venv/.locked ## kills, full disks, damaged files, SLURM's failures: each ends in the same bits; resumable, an hour at most (ARGS: --kinds, --minutes, --again)
	@$(in_env) cd tests && python -m faults $(ARGS)

check: .venv/.locked ## what to run before every commit: style, types, and the tests that need neither compiling nor a run, on all cores
	$(in_env) ruff check . && ruff format --check . && snakefmt --check Snakefile workflow/rules && mypy
	$(in_env) python -m pytest tests/unit -m 'not slow' -n $(CORES) -q $(PYTEST_ARGS)

bench: .venv/.locked ## time the kernels
	$(in_env) python benchmarks/kernels.py $(ARGS)

bench-peers: .tools/peers/.locked ## time XMDS2 and JAX beside them (XMDS2: Debian package xmds2; without it its rows are left out)
	@.tools/peers/bin/python benchmarks/peers.py $(ARGS)

bench-liouvillian: .venv/.locked ## time slow modes and steady states of the Liouvillian against QuTiP, about six minutes
	$(in_env) python benchmarks/liouvillian.py $(ARGS)
	$(in_env) python benchmarks/steady_states.py $(ARGS)

lint: .venv/.locked ## check style and types: ruff, snakefmt, mypy, snakemake --lint
	$(in_env) ruff check .
	$(in_env) ruff format --check .
	$(in_env) snakefmt --check Snakefile workflow/rules
	$(in_env) mypy
	$(in_env) snakemake --lint

format: .venv/.locked ## put the code into that style
	$(in_env) ruff check --fix-only .
	$(in_env) ruff format .
	$(in_env) snakefmt Snakefile workflow/rules

slurm: .tools/slurm/.locked ## build the locked environment with SLURM's executor in .tools/slurm: docs/cluster.md

docs: .tools/docs/.locked ## build the site of the documentation in site/: open site/index.html; no network is needed to read it
	@PATH="$(CURDIR)/.tools/docs/bin:$$PATH" NO_MKDOCS_2_WARNING=1 python -m mkdocs build --strict $(ARGS)
	@echo 'site/index.html'

lock: .tools/uv-$(UV_VERSION) ## resolve the lock anew, export it, set the pins of envs/, check them (ARGS=--upgrade for newer releases)
	@$(uv) lock --python .tools/bin/python $(ARGS)
	@{ echo '# The locked environment for pip alone. Made by: make lock'; \
	echo '# python3 -m venv .venv && .venv/bin/pip install --require-hashes -r envs/requirements.txt && .venv/bin/pip install --no-deps -e .'; \
	$(uv) export --quiet --locked --python .tools/bin/python --no-default-groups --no-emit-project --no-annotate --no-header; \
	} > envs/requirements.new && mv envs/requirements.new envs/requirements.txt
	@$(MAKE) --no-print-directory env
	$(in_env) python .ci/pins.py
	$(in_env) python -m pytest tests/workflow/test_environment.py

clean: ## remove what a run at SCALE made, and the tools' caches
	@case '$(SCALE)' in ''|record|*[!a-z0-9_]*) \
		echo "SCALE=$(SCALE): allowed is the name of a scale, such as default or paper, and not record" >&2; exit 1;; esac
	rm -rf results/$(SCALE) site crate .pytest_cache .ruff_cache .mypy_cache .hypothesis .benchmarks
	find tests workflow benchmarks docs .ci -type d -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

distclean: clean ## and the environment and the tools
	rm -rf .venv .tools

# The stamp holds the folder's path: an environment that was moved, or whose interpreter is gone, is built anew.
env_whole := $(shell [ "$$(cat .venv/.locked 2>/dev/null)" = "$(CURDIR)" ] && .venv/bin/python -c '' 2>/dev/null && echo yes)
tools_whole := $(shell .tools/bin/python -c '' 2>/dev/null && echo yes)
ifneq ($(env_whole),yes)
.venv/.locked: FORCE
endif
ifneq ($(tools_whole),yes)
.tools/uv-$(UV_VERSION): FORCE
endif

# The locked environment and the group `peers`, apart: JAX is large, and nothing else needs it.
.tools/peers/.locked: uv.lock pyproject.toml | .tools/uv-$(UV_VERSION)
	@echo 'Building the locked environment with JAX in .tools/peers'
	@export UV_PROJECT_ENVIRONMENT=.tools/peers; $(uv) sync --locked --group peers --python .tools/bin/python
	@touch $@

# The same with what makes the site, in .tools/docs.
.tools/docs/.locked: uv.lock pyproject.toml | .tools/uv-$(UV_VERSION)
	@echo 'Building the locked environment with mkdocs in .tools/docs'
	@export UV_PROJECT_ENVIRONMENT=.tools/docs; $(uv) sync --locked --no-default-groups --group docs --python .tools/bin/python
	@touch $@

# The same with what hands jobs to SLURM, in .tools/slurm.
.tools/slurm/.locked: uv.lock pyproject.toml | .tools/uv-$(UV_VERSION)
	@echo 'Building the locked environment for SLURM in .tools/slurm'
	@export UV_PROJECT_ENVIRONMENT=.tools/slurm; $(uv) sync --locked --no-default-groups --group slurm --python .tools/bin/python
	@touch $@

# The same with Cosmic Ray, in .tools/mutants.
.tools/mutants/.locked: uv.lock pyproject.toml | .tools/uv-$(UV_VERSION)
	@echo 'Building the locked environment with Cosmic Ray in .tools/mutants'
	@export UV_PROJECT_ENVIRONMENT=.tools/mutants; $(uv) sync --locked --group mutants --python .tools/bin/python
	@touch $@

.venv/.locked: uv.lock pyproject.toml | .tools/uv-$(UV_VERSION)
	@[ -n "$(env_whole)" ] || rm -rf .venv
	@echo 'Building the locked environment in .venv'
	@$(uv) sync --locked --python .tools/bin/python
	@echo "$(CURDIR)" > $@

.tools/uv-$(UV_VERSION):
	@for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
		if "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then found=1; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		version=$$("$(or $(PYTHON),python3)" -V 2>/dev/null || echo none); \
		echo "openkerr needs Python 3.11, 3.12 or 3.13 and found $$version: name one with make PYTHON=/path/to/python3.12" >&2; \
		exit 1; \
	fi; \
	echo "Installing uv $(UV_VERSION) into .tools with $$("$$python" -V)"; \
	rm -rf .tools && "$$python" -m venv .tools && \
	.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@
