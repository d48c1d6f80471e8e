# The modules of this repository, each with its own go.mod.
MODULES := . ./bpf ./cmd/psutil ./bench

FUZZTIME := 30s
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: test deps lint cross wine fuzz bench docs tidy bpf release-check

# Every test of every module, with what they compare with.
test: deps
	for m in $(MODULES); do (cd $$m && go test -race ./...) || exit 1; done

# Installs the programs that tests compare with, on Debian as root.
deps:
	.ci/deps

lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	bin=$$(mktemp -d) && trap 'rm -rf $$bin' EXIT && GOBIN=$$bin go install $(STATICCHECK) && for m in $(MODULES); do \
		(cd $$m && go vet ./... && $$bin/staticcheck ./...) || exit 1; done && GOOS=windows $$bin/staticcheck -checks inherit,-U1000 ./...

# Builds and vets for every system and processor.
cross:
	.ci/cross

# Runs the tests for Windows under Wine, which it installs below ~/.cache, on
# Debian as root.
wine:
	.ci/wine test

# Runs every fuzz target for FUZZTIME.
fuzz:
	.ci/fuzz $(FUZZTIME)

# Packs every module as the Go proxy would, and installs and builds from that alone.
release-check:
	cd .ci/release && GOWORK=off go vet . && GOWORK=off go run . $(CURDIR)

# Measures beside the peers and the floor in C, and writes bench/RESULTS.md.
bench:
	cd bench && go run . -o RESULTS.md

# Writes what is generated from the code: docs/PLATFORMS.md, api/psutil.txt, and the
# pages of the manual and the shells' scripts in cmd/psutil.
docs:
	go generate ./...
	PSUTIL_GOLDEN=write go test -count=1 -run '^TestAPI$$' .
	cd cmd/psutil && PSUTIL_GOLDEN=write go test -count=1 -run '^TestGenerated$$' .

# Tidies the modules. Those that require another of this repository can't see
# it through the workspace here, so each gets replacements while it is tidied.
SELF := github.com/go-psutil/psutil
tidy:
	go mod tidy
	for m in bpf cmd/psutil bench; do (cd $$m && \
		go mod edit -replace $(SELF)=$(CURDIR) -replace $(SELF)/bpf=$(CURDIR)/bpf && { go mod tidy; s=$$?; \
		go mod edit -dropreplace $(SELF) -dropreplace $(SELF)/bpf; exit $$s; }) || exit 1; done

# Compiles the eBPF programs. The objects are committed; CI compares.
bpf:
	.ci/bpf
