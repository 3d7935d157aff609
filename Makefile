SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build
.PHONY: build test programs lint unit fuzz vulncheck bench cover

TOOL := go tool -modfile=tools/go.mod

# A number of executions and not a time: when a time is up Go 1.26 may report
# "context deadline exceeded" for a target that is well (golang/go#75804).
FUZZ ?= 20000x
BENCH ?= .

# Tests fail, and do not skip, what they cannot run.
ifeq ($(CI),true)
export QUIRE_REQUIRE_ALL := 1
endif

# The race detector needs a C compiler.
RACE := $(shell command -v gcc >/dev/null && echo -race)

build:
	CGO_ENABLED=0 go build -trimpath -o bin/ ./cmd/...

# All that CI checks.
test: programs
	@$(MAKE) --no-print-directory lint fuzz unit

programs:
	@tools/programs

lint:
	@echo "== gofmt, go mod tidy, go vet, staticcheck"
	@unformatted=$$(gofmt -l .); [ -z "$$unformatted" ] || { echo "gofmt would change:" $$unformatted; exit 1; }
	@go mod tidy -diff
	@go vet ./...
	@$(TOOL) staticcheck ./...

unit:
	@echo "== go test $(RACE)"
	@go test $(RACE) -timeout 20m ./... | grep -v '\[no test files\]'

fuzz:
	@echo "== fuzz targets, $(FUZZ) each"
	@tools/fuzz $(FUZZ)

# Known vulnerabilities in what we use; asks a database on the Internet.
vulncheck:
	$(TOOL) govulncheck ./...

# BENCH=PROPFIND takes those whose name matches.
bench:
	go test -p 1 -run '^$$' -bench '$(BENCH)' -benchmem -timeout 60m ./... | grep -v -e '\[no test files\]' -e '^PASS$$'

cover:
	@mkdir -p bin
	go test -coverpkg=./... -coverprofile=bin/cover.out ./... >bin/cover.log || { cat bin/cover.log; exit 1; }
	go tool cover -func=bin/cover.out | tail -1
