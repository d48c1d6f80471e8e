# The modules of this repository, each with its own go.mod.
MODULES := . ./cmd/psutil ./bench
# What the commands below run on; the tests compare with the peers.
PEERS := bsdextrautils coreutils ethtool gcc iproute2 jq libc6-dev lsof mount net-tools procps python3-psutil util-linux
FUZZTIME := 30s
STATICCHECK := go run honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: test deps lint cross fuzz bench docs tidy

# Every test of every module.
test:
	for m in $(MODULES); do (cd $$m && go test -race ./...) || exit 1; done

# Installs the programs that tests compare with. Debian, as root.
deps:
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PEERS) >/dev/null

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
