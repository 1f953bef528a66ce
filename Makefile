# 通衢：`make run` 启动，`make test` 检验。Only Python 3.11 and make are needed; everything else goes into .venv.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup spark run test lint format types contracts lock map bench

# Some images forbid Python to keep what it compiled; every process would then compile all libraries at its start (3 s).
# They are kept in .venv instead.
ifdef PYTHONDONTWRITEBYTECODE
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX ?= $(CURDIR)/.venv/bytecode
endif

# A Python 3.11 that can make an environment by itself, else any. The system's own comes first: distributions build theirs by a
# profile, and one that was built by hand without takes a quarter more time for everything.
# `make PYTHON=/path/to/python3.11 setup` names another.
INSTALL = src/tongqu/up/install.py
SETUP = @[ -z "$(PYTHON)" ] || exec "$(PYTHON)" -I $(INSTALL); \
	for needs in venv,ensurepip venv; do \
	  for p in /usr/bin/python3.11 /usr/local/bin/python3.11 python3.11 python3 python; do \
	    "$$p" -c "import sys, $$needs; sys.exit(sys.version_info[:2] != (3, 11))" 2>/dev/null && exec "$$p" -I $(INSTALL); \
	  done; \
	done; \
	echo '没有找到 Python 3.11；请先安装（如 apt-get install python3.11 python3.11-venv），或用 make PYTHON=路径 指定。' >&2; \
	echo 'Python 3.11 was not found; install it (apt-get install python3.11 python3.11-venv), or name it: make PYTHON=/path.' >&2; \
	exit 1

help:
	@echo 'make run        启动整个交易所，Ctrl-C 停止         run the whole house; Ctrl-C stops it'
	@echo 'make test       全部测试                            all tests'
	@echo 'make setup      建立 .venv（其他目标会自动调用）    make .venv (the others call it)'
	@echo 'make spark      安装 Spark 引擎（需 Java 17）       install the Spark engine (needs Java 17)'
	@echo 'make lint       风格、类型与依赖方向                style, types and the direction of imports'
	@echo 'make format     整理代码格式                        format the code'
	@echo 'make lock       更新 requirements.lock              renew the lock'
	@echo 'make map        重画 docs/map                       draw docs/map anew'
	@echo 'make bench      全部基准测试                        all benchmarks'

setup:
	$(SETUP)

run: setup
	@exec .venv/bin/tongqu up

# Spark is 460 MB and wants Java 17: it comes when it is asked for (or by .ci/run), and goes when the lock changes.
spark: setup
	.venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements-spark.lock

# make test ARGS='tests/wire -x' runs a part, make test WORKERS=2 lets two processes share the tests.
WORKERS ?= 1
test: setup
	@exec .venv/bin/python -m pytest $(if $(filter-out 1,$(WORKERS)),-n $(WORKERS) --dist loadfile --no-loadscope-reorder) $(ARGS)

lint: setup types contracts
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

format: setup
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

types: setup
	.venv/bin/mypy

contracts: setup
	.venv/bin/lint-imports --no-logo

# No uv.lock: it records the index it was made with (docs/decisions/2026-11-23-one-lock-without-hosts.md).
lock: setup
	.venv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --extra node --extra model --extra otel --group dev \
	  --no-header --no-annotate --quiet $(ARGS) -o requirements.lock
	.venv/bin/python -c 'import tomllib; \
	  print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["spark"], sep="\n")' \
	  | .venv/bin/uv pip compile - --universal --python-version 3.11 --generate-hashes --constraint requirements.lock \
	  --no-header --no-annotate --quiet $(ARGS) -o requirements-spark.lock

# docs/map is drawn from the tables; a test says when it is out of date.
map: setup
	.venv/bin/python -m tongqu.exchange.atlas

bench: setup
	@exec .venv/bin/python -m bench $(ARGS)
