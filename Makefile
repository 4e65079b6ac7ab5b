# The Debian packages that each target needs.
build_packages := g++ libsimdjson-dev libssl-dev libyaml-dev openssl pkg-config zlib1g-dev
demo_packages := $(build_packages) curl jq
image_packages := $(build_packages) binutils ca-certificates python3
bench_packages := $(build_packages) curl nginx python3 util-linux wrk
micro_packages := $(build_packages) python3 util-linux valgrind
release := scripts/swift-release.sh --product pod-identity-webhook

.PHONY: help build image test lint format manifests demo run cluster bench bench-memory bench-micro bench-update fuzz sanitize soak

help:
	@echo "make demo    show how pods get their identities, without a cluster"
	@echo "make run     run the webhook with example ServiceAccounts until Ctrl-C"
	@echo "make cluster  run a Kubernetes control plane with the webhook installed until Ctrl-C; needs root"
	@echo "make build   build the program in release mode"
	@echo "make image   build the image as an OCI archive with its SBOM, without a container engine"
	@echo "make test    run all tests, including those against a real control plane"
	@echo "make fuzz    fuzz JSON, the review parser, HTTP and TLS, for FUZZ_SECONDS=600 each"
	@echo "make sanitize  run tests under ThreadSanitizer and AddressSanitizer"
	@echo "make soak    run two replicas through restarts, rotations and hostile clients, for SOAK_MINUTES=20"
	@echo "make bench   compare the webhook's speed with nginx and, if set, the program PEER_WEBHOOK; needs two cores"
	@echo "make bench-memory  measure the webhook's memory with 50,000 ServiceAccounts"
	@echo "make bench-micro   measure the steps of a request: parse, decide, patch, encode, TLS, and all together"
	@echo "make bench-update  record how many instructions these steps take, for make test to compare"
	@echo "make lint    check formatting, shell scripts, YAML, Python, the Dockerfile and the chart"
	@echo "make format  format the Swift sources"
	@echo "make manifests  render deploy/pod-identity-webhook.yaml and the README of the chart"

build:
	scripts/apt-install.sh $(build_packages)
	$(release)

image:
	scripts/apt-install.sh $(image_packages)
	$(release)
	python3 scripts/image

demo:
	scripts/apt-install.sh $(demo_packages)
	$(release)
	scripts/demo.sh

run:
	scripts/apt-install.sh $(demo_packages)
	$(release)
	scripts/run.sh

test:
	scripts/apt-install.sh $(micro_packages) curl git patch jq
	scripts/test.sh
	$(release)
	Benchmarks/micro.py --check
	scripts/image-test.sh

fuzz:
	scripts/apt-install.sh $(build_packages)
	scripts/fuzz.sh

sanitize:
	scripts/apt-install.sh $(build_packages) curl
	scripts/sanitize.sh

soak:
	scripts/apt-install.sh $(build_packages) curl
	scripts/soak.sh

bench:
	scripts/apt-install.sh $(bench_packages)
	$(release)
	Benchmarks/bench.py

bench-memory:
	scripts/apt-install.sh $(bench_packages)
	$(release)
	Benchmarks/bench_memory.py

bench-micro:
	scripts/apt-install.sh $(micro_packages)
	Benchmarks/micro.py

bench-update:
	scripts/apt-install.sh $(micro_packages)
	Benchmarks/micro.py --update

lint:
	scripts/lint.sh

format:
	swift format -i -r Sources Tests Benchmarks Package.swift

cluster:
	scripts/apt-install.sh $(build_packages) curl
	scripts/cluster.sh

manifests:
	scripts/manifests.sh
