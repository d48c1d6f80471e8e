# The modules of this repository, each with its own go.mod.
MODULES := . ./cmd/psutil ./bench

FUZZTIME := 30s
STATICCHECK := go run honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: test deps lint cross fuzz bench docs tidy

# Every test of every module, with what they compare with.
test: deps
	for m in $(MODULES); do (cd $$m && go test -race ./...) || exit 1; done

# Installs the programs that tests compare with, on Debian as root.
deps:
	.ci/deps

lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	for m in $(MODULES); do (cd $$m && go vet ./... && $(STATICCHECK) ./...) || exit 1; done

# Builds and vets for every system and processor.
cross:
	.ci/cross

# Runs every fuzz target for FUZZTIME.
fuzz:
	.ci/fuzz $(FUZZTIME)

# Measures beside the peers and the floor in C, and writes bench/RESULTS.md.
bench:
	cd bench && go run . -o RESULTS.md

# Writes what is generated from the code.
docs:
	go generate ./...

# Tidies the modules. Those that require another of this repository can't see
# it through the workspace here, so each gets a replacement while it is tidied.
tidy:
	go mod tidy
	for m in cmd/psutil bench; do (cd $$m && \
		go mod edit -replace github.com/go-psutil/psutil=$(CURDIR) && \
		{ go mod tidy; s=$$?; go mod edit -dropreplace github.com/go-psutil/psutil; exit $$s; }) || exit 1; done
