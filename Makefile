# Two commands on a fresh machine: make demo, make test. Nothing but Go is needed for them.
GO ?= go
BIN := bin

.PHONY: demo test check bench soak e2e build story fmt

demo: ## a county on your desk: prints addresses and test accounts
	$(GO) run ./cmd/sandbox

story: ## the main job, played end to end by outsiders
	$(GO) run ./cmd/sandbox --story

build:
	$(GO) build -o $(BIN)/ ./cmd/station ./cmd/cloud ./cmd/sandbox ./cmd/xyctl

test: ## every package, race detector on
	$(GO) test -race ./...

check: ## the only gate: format, vet, staticcheck, layout and all tests
	@out=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$out" ]; then echo "gofmt these files:"; echo "$$out"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) test -race $$($(GO) list ./... | grep -v /sandbox/e2e)
	$(GO) test -race -count=1 -timeout 20m ./cmd/sandbox/e2e # it builds the programs that it drives: never from the cache

e2e: ## the pages in a real browser (Chromium must be installed), and the story
	REQUIRE_BROWSER=1 $(GO) test -count=1 ./protocol/host/web/... ./cmd/sandbox/...
	$(GO) run ./cmd/sandbox --story

soak: ## seeds of all profiles of the simulator, for SOAK (10m)
	$(GO) run ./cmd/xyctl simulate --for "$(or $(SOAK),10m)"

bench: ## one JSON object a line; BENCH=edge for one family, BENCH=long for the long forms
	$(GO) run ./cmd/bench -family "$(BENCH)"
