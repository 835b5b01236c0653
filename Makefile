PY := .venv/bin/python

.venv/ready: pyproject.toml
	python3 -m venv .venv
	.venv/bin/pip install --quiet --editable '.[dev]'
	touch $@

.PHONY: test
test: .venv/ready
	$(PY) -m pytest -q tests
