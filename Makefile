# make help lists the targets.
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT  ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
CLI     := github.com/auditship/auditship/agent/cli
BINARY  ?= auditship
LDFLAGS := -s -w -X $(CLI).version=$(VERSION) -X $(CLI).commit=$(COMMIT)

.PHONY: help build image packages demo test faults fuzz lint bench e2e e2e-node e2e-faults policy-diff clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build the static binary ./auditship
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BINARY) .

image: ## container images for amd64 and arm64, root and non-root, and their SBOM, in dist/ (needs root and buildah)
	deploy/image/build.sh dist $(VERSION) $(COMMIT)

packages: ## deb and rpm for amd64 and arm64, in dist/
	cd deploy/packages && $(GO) run . -out $(CURDIR)/dist

demo: ## ship a recorded audit log through the real agent, without any server
	$(GO) run . demo

test: ## unit tests with the race detector, goldens, fuzz seeds, example configurations; the hot path also without its assembly
	$(GO) test -race ./...
	$(GO) test -tags purego ./agent/event/...

faults: ## build faults in, one at a time, and demand that the tests notice each
	cd agent/planted && AUDITSHIP_FAULTS=1 $(GO) test -count 1 -timeout 30m -run TestCaught

fuzz: ## every fuzz target, one after the other, for FUZZTIME (30s) each
	@git grep -o 'func Fuzz[A-Za-z]*' -- 'agent/*_test.go' 'inputs/*_test.go' 'outputs/*_test.go' | sed 's|^\(.*\)/[^/]*:func |\1 |' | \
	while read -r dir name; do echo "$$dir $$name"; $(GO) test -run '^$$' -fuzz "^$$name$$" -fuzztime $(or $(FUZZTIME),30s) ./$$dir || exit 1; done

lint: ## gofmt, go vet, staticcheck, in all modules
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$unformatted" ] || { echo "gofmt wants to change: $$unformatted"; exit 1; }
	$(GO) mod verify >/dev/null
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	cd e2e && $(GO) vet ./... && $$(cd .. && $(GO) tool -n staticcheck) ./...
	cd deploy/packages && $(GO) vet ./... && $$(cd ../.. && $(GO) tool -n staticcheck) ./...
	for module in e2e/policydiff e2e/manifests e2e/alerts e2e/collector deploy/image; do (cd $$module && $(GO) vet ./... && $$(cd $(CURDIR) && $(GO) tool -n staticcheck) ./...) || exit 1; done

bench: ## benchmarks of every stage, and the agent beside other shippers (docs/performance.md)
	$(GO) test -run '^$$' -bench . -benchmem ./agent/... ./inputs/... ./outputs/...
	cd e2e && $(GO) test -count 1 -timeout 30m -v -run TestPeers ./bench -args -bench -size 64 -runs 3

e2e: ## everything against real servers (E2E=short: the part that CI runs)
	cd e2e && E2E_NODE= $(GO) test -p 1 -count 1 -timeout 85m -v $(if $(filter short,$(E2E)),-short ./...,$$($(GO) list ./... | grep -v /faults))
	cd e2e/policydiff && $(GO) test -count 1 -v .
	cd e2e/manifests && $(GO) test -count 1 -v .
	cd e2e/alerts && $(GO) test -count 1 -v .
	cd deploy/image && $(GO) test -count 1 -timeout 30m -v .
	cd deploy/packages && $(GO) test -count 1 -timeout 20m -v $(if $(filter short,$(E2E)),-short) .

e2e-node: ## the image in a pod of a real kubeadm node, with servers outside of it, or only the test RUN (needs root and what e2e/backends/node/node-up.sh names)
	cd e2e && E2E_NODE=1 $(GO) test -count 1 -timeout 60m -v $(if $(RUN),-run '$(RUN)') ./node

e2e-faults: ## the fault matrix against real servers, or what has FAULT in its name; docs/guarantees.md has its table
	cd e2e && E2E_FAULT='$(FAULT)' $(GO) test -p 1 -count 1 -timeout 85m -v ./faults/...

policy-diff: ## random policies and requests, judged by kube-apiserver's own code and by ours: PAIRS (1,000,000) of them, SEED repeats a run
	cd e2e/policydiff && $(GO) test -count 1 -timeout 2h -v -run Differential . -args -pairs $(or $(PAIRS),1000000) $(if $(SEED),-seed $(SEED))

clean: ## remove what build made
	rm -f auditship
