# Thin over the npm scripts. STACK=native|docker decides how `up` runs; without it Docker is used where it answers.
.DEFAULT_GOAL := help
SHELL := /bin/sh
SOURCES := $(shell find src local bench -name '*.ts' -o -name '*.java' 2>/dev/null)

.PHONY: build up down status health logs stats test bench chaos clean help

node_modules/.package-lock.json: package-lock.json
	npm ci --ignore-scripts
	@touch $@

dist/.built: node_modules/.package-lock.json $(SOURCES) package.json tsconfig.json tsconfig.build.json
	npm run --silent build
	@touch $@

# What shows or stops a running stack must not wait for a build that may fail: any earlier one will do.
dist/local/main.js:
	@$(MAKE) --no-print-directory build

build: dist/.built ## install what is missing and compile

up: dist/.built ## start everything and wait until logs can be searched
	@npm run --silent up

down: dist/local/main.js ## stop everything; the data stays
	@npm run --silent down

status: dist/local/main.js ## show the processes
	@npm run --silent status

health: dist/local/main.js ## ask the API how its dependencies are; fails unless all are up
	@npm run --silent health

logs: dist/local/main.js ## show the last log lines; NAME=worker for one process, FOLLOW=1 to go on
	@npm run --silent logs -- $(NAME) $(if $(FOLLOW),--follow)

stats: dist/local/main.js ## show counts, fates and response times
	@npm run --silent stats

test: dist/.built ## run all tests, with coverage
	@npm run --silent test:all

bench: node_modules/.package-lock.json ## measure the throughput beside bare bulk requests
	@npm run --silent bench

chaos: node_modules/.package-lock.json ## break everything under load and check every record; ARGS="--seeds 1-9"
	@npm run --silent chaos -- $(ARGS)

clean: dist/local/main.js ## stop everything and remove data, logs and build
	@npm run --silent clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
