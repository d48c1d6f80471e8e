# The modules of this repository, each with its own go.mod.
MODULES := . ./cmd/psutil

# What the tests compare with.
PEERS := python3-psutil procps net-tools iproute2 lsof util-linux coreutils mount bsdextrautils

.PHONY: test deps lint

test:
	for m in $(MODULES); do (cd $$m && go test -race ./...) || exit 1; done

deps:
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PEERS)

lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	for m in $(MODULES); do (cd $$m && go vet ./...) || exit 1; done
