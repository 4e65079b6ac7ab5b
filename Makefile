# The packages that the product is built with and the demo runs with, by their Debian names.
build_packages := g++ libsimdjson-dev libssl-dev openssl pkg-config
demo_packages := $(build_packages) curl jq

.PHONY: help build test lint format manifests demo run cluster

help:
	@echo "make demo    see a pod get its role, without a cluster"
	@echo "make run     leave the demo's webhook running"
	@echo "make cluster leave a Kubernetes control plane running with the webhook installed"
	@echo "make build   build the program in release mode"
	@echo "make test    run all tests, those against a real control plane included"
	@echo "make lint    check formatting, shell scripts and YAML"
	@echo "make format  format the Swift sources"
	@echo "make manifests  render deploy/pod-identity-webhook.yaml from the chart"

build:
	scripts/apt-install.sh $(build_packages)
	swift build -c release --product pod-identity-webhook

demo:
	scripts/apt-install.sh $(demo_packages)
	swift build -c release --product pod-identity-webhook
	scripts/demo.sh

run:
	scripts/apt-install.sh $(demo_packages)
	swift build -c release --product pod-identity-webhook
	scripts/run.sh

test:
	scripts/apt-install.sh $(build_packages) curl
	scripts/test.sh

lint:
	scripts/lint.sh

format:
	swift format -i -r Sources Tests Package.swift

cluster:
	scripts/apt-install.sh $(build_packages) curl
	scripts/cluster.sh

manifests:
	scripts/manifests.sh
