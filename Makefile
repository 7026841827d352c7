# `make` alone lists what there is; two commands are enough: `make up` and `make test`.

PYTHON := .venv/bin/python
TEST_DATA := PORTAL_DATA=$(CURDIR)/var/test PORTAL_DURABLE=0
TEMPLATES = $(shell find templates -name '*.html' 2>/dev/null)
PAIRS := 2000
LOCKS := tests/matrix/test_matrix.py::test_every_lock_that_is_off_is_noticed
.DEFAULT_GOAL := help
# Compiled modules stay beside their sources, wherever the shell says otherwise: each process of the
# portal and of its tests starts in half the time.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help up test explore laws stories model crawl ci check oracle format install install-dev lock bench network weigh axe idle faults claims tampers mutants messages shell status stop reset

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## Set up what is missing and run the whole portal with demo data; Ctrl-C stops it
	@python3 config/servers/install.py
	@$(PYTHON) -m config.servers.up

test: check ## Set up what is missing, then all checks and all tests, one process per core; ARGS goes to pytest
	$(PYTHON) -m pytest -n auto $(ARGS)

explore: install-dev ## Try the properties on new examples; what fails becomes a test of its own
	EXAMPLES=new $(PYTHON) -m pytest -n auto -m hypothesis $(ARGS)

laws: install-dev ## Try the laws of incentives on 10,000 random plans and files of events each
	LAWS=10000 $(PYTHON) -m pytest -n auto -m hypothesis tests/incentives/engine $(ARGS)

stories: install-dev ## Try 200,000 steps of new stories on the ownership rules
	EXAMPLES=new RULE_STEPS=200000 $(PYTHON) -m pytest $(ARGS) tests/customers/ownership/test_time_passes.py

model: install-dev ## Try 200,000 steps of everything that may happen to a customer, beside the test bench
	EXAMPLES=new MODEL_STEPS=200000 $(PYTHON) -m pytest $(ARGS) tests/customers/ownership/test_model.py

crawl: install-dev ## Try every form with what does not belong there, verify what that left, ask for everything as everybody
	CRAWL=whole $(PYTHON) -m pytest -n auto $(ARGS) tests/config/test_addresses*.py tests/matrix/test_matrix.py

ci: test ## What the build server runs

check: install-dev ## Lint, formatting, types, import layers, migrations, deployment settings
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	$(if $(TEMPLATES),.venv/bin/djade --check --target-version 6.1 $(TEMPLATES))
	.venv/bin/lint-imports --no-cache
	.venv/bin/mypy
	$(TEST_DATA) $(PYTHON) manage.py makemigrations --check --dry-run
	set -a; . ./.env.production; eval "$$($(PYTHON) -m config.secrets)"; \
	$(PYTHON) manage.py check --deploy --fail-level WARNING

format: install-dev ## Put code and templates into the house format
	.venv/bin/ruff check --fix-only .
	.venv/bin/ruff format .
	-$(if $(TEMPLATES),.venv/bin/djade --target-version 6.1 $(TEMPLATES))

install: ## Only install what the portal runs with: Python, packages, system libraries
	@python3 config/servers/install.py

install-dev:
	@python3 config/servers/install.py --dev --strict
	@$(PYTHON) -m config.translations

lock: ## Renew the locked versions within the ranges of pyproject.toml
	@python3 config/servers/install.py --lock

bench: install-dev ## Measure the speed goals; ARGS="--quick", "--help"
	$(PYTHON) manage.py bench $(ARGS)

mutants: install-dev ## Take every wall and every lock of the code away, one at a time, and count which are noticed
	MUTANTS=all $(PYTHON) -m pytest $(ARGS) tests/matrix/test_mutants.py $(LOCKS)

oracle: install-dev ## Ask PAIRS=2000 times in each way whose customer a number is, and hold answers and seconds together
	PAIRS=$(PAIRS) $(PYTHON) -m pytest $(ARGS) tests/matrix/test_oracle.py

network: install-dev ## ARGS="build" makes a network of a million customers, "measure" times every page
	$(PYTHON) -m tests.bench.network $(ARGS)

weigh: install-dev ## Weigh twelve pages of the running demo as served; ARGS="http://localhost:8000"
	$(PYTHON) -m tests.bench.weigh $(ARGS)

axe: install-dev ## Look at every page of the running demo as everybody; ARGS="http://localhost:8000 --role hq"
	$(PYTHON) -m tests.bench.axe $(ARGS)

idle: install-dev ## Say what a running portal uses while nobody does anything: processor seconds a minute
	$(PYTHON) -m tests.bench.idle $(ARGS)

faults: install-dev ## Break each part of a demo in var/faults while people work, tell it in a table; ARGS="clock broker"
	PORTAL_DATA=$(CURDIR)/var/faults $(PYTHON) -m tests.faults $(ARGS)

claims: install-dev ## Have 16 clients claim the same people 100,000 times, and look for overlaps
	$(PYTHON) -m tests.faults.claims $(ARGS)

tampers: install-dev ## Change records as a superuser 10,000 times, try 1,000,000 inputs, and count what verify_receipt finds
	$(PYTHON) -m tests.faults.tampers $(ARGS)

messages: install-dev ## Collect the texts to translate into locale/ and compile them
	$(PYTHON) manage.py makemessages --locale zh_Hans --no-wrap --add-location file --ignore var --ignore tests
	@$(PYTHON) -m config.translations

shell: install ## A Python shell with the portal's models
	@$(PYTHON) manage.py shell

status: install ## Show whether the embedded servers run
	@$(PYTHON) -m config.servers

stop: install ## Stop the embedded servers, used or not
	@$(PYTHON) -m config.servers stop

reset: install ## Delete all data of this checkout, after asking
	@printf 'Delete var/ with its database, files and keys? Type yes: '; read answer; \
	test "$$answer" = yes || { echo 'Nothing was deleted.'; exit 1; }
	@$(PYTHON) -m config.servers stop
	@$(TEST_DATA) $(PYTHON) -m config.servers stop
	rm -rf var
