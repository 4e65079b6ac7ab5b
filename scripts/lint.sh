#!/usr/bin/env bash
# Checks the formatting of the Swift sources, and lints the shell scripts, YAML files, Python scripts, chart and Dockerfile.
# Fails if there is any finding.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools=$(scripts/python-tools.sh)

failed=0
check() {
    local what=$1
    shift
    "$@" || {
        echo "lint: $what has findings" >&2
        failed=1
    }
}

mapfile -t shell_scripts < <(git ls-files -co --exclude-standard '*.sh' .ci/run)
# The chart's templates are not YAML; what they render is checked below.
mapfile -t yaml_files < <(git ls-files -co --exclude-standard '*.yaml' '*.yml' ':!deploy/helm/*/templates/*')

# All of Foundation would bring along ICU's data, which is larger than the rest of the program.
# shellcheck disable=SC2329  # check calls it
only_essentials() {
    ! git grep -nE --untracked '^[^/"]*\bimport\s+(\w+\s+)?(CoreFoundation|Foundation(Internationalization|Networking|XML)?)\b' \
        -- Sources
}

check "swift format" swift format lint --strict --parallel --recursive Sources Tests Benchmarks Package.swift
check shellcheck "$tools/shellcheck" "${shell_scripts[@]}"
check yamllint "$tools/yamllint" --strict "${yaml_files[@]}"
check chart "$tools/python" scripts/helm.py lint deploy/helm/pod-identity-webhook
check "what the chart renders" "$tools/python" scripts/chart
check manifest scripts/manifests.sh --check
check "the imports of Foundation" only_essentials
check python "$tools/python" -m compileall -q Benchmarks scripts
check hadolint "$tools/hadolint" Dockerfile
exit "$failed"
