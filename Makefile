# rpcscope: every task a developer needs. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run build wasm page test test-go test-wasm test-web test-e2e oracle lint bench site clean

GO      ?= go
LISTEN  ?= 127.0.0.1:8080
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
RACE    ?= -race
TOOLS   := $(CURDIR)/.cache/bin
# The wasm carries no symbol tables and no paths of the machine that built it. Inlining is off, which saves 8 % of the
# download, except where every event passes: there it is worth its bytes. syscall/js keeps the arguments of a call off the
# heap only when it is inlined: without, each of a frame's calls of WebGL costs two allocations. In these packages, what many
# cold places call is marked go:noinline, for the browser downloads every copy: 25 kB. The broker model would be a quarter
# faster for another 37 kB, which is more than the download has room for.
WASM_HOT := syscall/js internal/runtime/... encoding/binary hash/crc32 rpcscope/engine/flow rpcscope/engine/sim
WASM_GC  := -gcflags=all=-l $(foreach p,$(WASM_HOT),-gcflags=$(p)=)
WASM_FLAGS := -trimpath -ldflags="-s -w" $(WASM_GC)
GO_FILES := $(shell find engine wasm livebridge cmd assets -name '*.go' -not -name '*_test.go' 2>/dev/null)
GO_DATA  := $(shell find assets -type f 2>/dev/null)
WEB_FILES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)

help: ## list what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what the tests need: Debian packages where allowed, npm packages
	@.ci/setup

run: build ## build and serve the playground on $(LISTEN)
	bin/rpcscope serve --listen $(LISTEN)

build: bin/rpcscope ## the binary with the page inside, in bin/

bin/rpcscope: go.mod go.sum web/dist/manifest.json $(GO_FILES) $(GO_DATA)
	$(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o $@ ./cmd/serve

wasm: .cache/rpcscope.wasm ## the engine and the painter for the browser

.cache/rpcscope.wasm: go.mod go.sum $(GO_FILES) $(GO_DATA)
	@mkdir -p .cache
	GOOS=js GOARCH=wasm $(GO) build $(WASM_FLAGS) -o $@ ./wasm

page: web/dist/manifest.json ## everything the browser loads, compressed and named by content

web/dist/manifest.json: web/node_modules/.package-lock.json .cache/rpcscope.wasm $(WEB_FILES)
	@mkdir -p web/dist && cp .cache/rpcscope.wasm web/dist/rpcscope.wasm
	cd web && npm run --silent build

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	@.ci/need-node
	cd web && npm ci --no-audit --no-fund
	@touch $@

test: setup ## install what is missing, then run every test
	@.ci/test

# engine/tidy_test.go sees to it that nothing in engine/ can race: there are no goroutines. Without the detector, which makes
# them five times slower, its tests can look at more.
test-go: ## Go tests, in random order; with the race detector where goroutines live
	$(GO) test -shuffle=on -timeout 20m ./engine/... ./assets/... ./web
	$(GO) test $(RACE) -shuffle=on -timeout 20m ./livebridge/... ./cmd/... ./wasm/...

test-wasm: ## the determinism tests again, in WebAssembly
	PATH="$$($(GO) env GOROOT)/lib/wasm:$$PATH" GOOS=js GOARCH=wasm $(GO) test -run 'Determin|Digest|Golden' ./engine/sim ./engine/amqp ./engine/rpc ./engine/scenario ./engine/flow

test-web: web/node_modules/.package-lock.json ## type check and unit tests of the page
	cd web && npm run --silent check && npm test --silent

test-e2e: build ## the product in Chromium, on real parts
	cd web && RPCSCOPE_BIN=$(CURDIR)/bin/rpcscope npm run --silent e2e

N    ?= 20000
SEED ?= 1
oracle: ## N random programs, from SEED on, on the model and on a private RabbitMQ
	RPCSCOPE_NEED_RABBITMQ=1 $(GO) test -count=1 -timeout 0 -v -run TheModelAgreesWithRabbitMQ ./livebridge/oracle -args -programs=$(N) -seed=$(SEED)

.PHONY: figures
figures: ## what README says of the broker and its proof: programs, features with effect, differences from RabbitMQ, conformance
	@RPCSCOPE_NEED_RABBITMQ=1 $(GO) test -count=1 -timeout 0 -v -run 'ProgramsAreWhat|TheModelAgrees(WithRabbitMQ|About)' ./livebridge/oracle >.cache/figures.log || { cat .cache/figures.log; exit 1; }
	@$(GO) test -count=1 -v -run 'TestConformance$$' ./engine/scenario >>.cache/figures.log || { cat .cache/figures.log; exit 1; }
	@sed -n 's/^ *[a-z_]*.go:[0-9]*: figure: //p; /^ *[0-9]\{2,4\}  [a-z0-9]/p' .cache/figures.log

.PHONY: mutants answers
mutants: ## deliberate defects of the model, and after how many programs each is found
	$(GO) test -count=1 -timeout 0 -v -run EveryMutantIsFound ./livebridge/oracle -args -mutants

answers: ## record anew what RabbitMQ answers to the programs and scripts of livebridge/oracle/testdata
	RPCSCOPE_NEED_RABBITMQ=1 $(GO) test -count=1 -timeout 0 -run 'WhatRabbitMQSaid|Regressions' ./livebridge/oracle -args -record -seed=$(SEED)

lint: $(TOOLS)/gofumpt $(TOOLS)/staticcheck web/node_modules/.package-lock.json ## gofumpt, vet and staticcheck for native and wasm; eslint
	@bad="$$($(TOOLS)/gofumpt -l engine wasm livebridge cmd assets web/*.go)"; if [ -n "$$bad" ]; then echo "not gofumpt'ed (run: make fmt):"; echo "$$bad"; exit 1; fi
	$(GO) vet ./...
	GOOS=js GOARCH=wasm $(GO) vet ./wasm/... ./engine/... ./livebridge/normalize/... ./assets/...
	$(TOOLS)/staticcheck ./...
	GOOS=js GOARCH=wasm $(TOOLS)/staticcheck ./wasm/... ./engine/... ./livebridge/normalize/... ./assets/...
	cd web && npm run --silent check

.PHONY: fmt
fmt: $(TOOLS)/gofumpt ## format the Go code
	$(TOOLS)/gofumpt -w engine wasm livebridge cmd assets web/*.go

$(TOOLS)/gofumpt:
	GOBIN=$(TOOLS) $(GO) install mvdan.cc/gofumpt@v0.12.0

$(TOOLS)/staticcheck:
	GOBIN=$(TOOLS) $(GO) install honnef.co/go/tools/cmd/staticcheck@v0.8.2

bench: build ## the figures: rates, comparisons, sizes, first frame, frame costs
	@.ci/setup bench
	@WASM_GC="$(WASM_GC)" .ci/bench

site: page ## the playground as a static folder that needs no server: dist/site
	rm -rf dist/site && mkdir -p dist/site && cp -R web/dist/. dist/site/ && rm -f dist/site/.keep
	@echo "dist/site holds the playground; serve it with any web server, under any path."

clean: ## remove everything that was built
	rm -rf bin dist .cache && find web/dist -mindepth 1 ! -name .keep -delete
