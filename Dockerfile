# The webhook in an image, for linux/amd64 and linux/arm64:
#
#   docker build --tag REGISTRY/pod-identity-webhook:0.1.0 .

FROM swift:6.3.1-bookworm AS build
# Debian's packages are not pinned, here and below, so that its security updates are installed.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libsimdjson-dev libssl-dev libyaml-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN scripts/swift-release.sh --product pod-identity-webhook \
    && install --strip "$(swift build -c release --show-bin-path)/pod-identity-webhook" /usr/local/bin/

FROM debian:bookworm-20260824-slim
LABEL org.opencontainers.image.title="pod-identity-webhook" \
      org.opencontainers.image.description="Gives pods on Kubernetes their cloud identities." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="debian:bookworm-20260824-slim"
# Only the packages of the libraries that the program is linked with are installed.
# hadolint ignore=DL3008
RUN --mount=type=bind,source=deploy/image-packages.txt,target=/run/packages.txt \
    apt-get update \
    && xargs --arg-file=/run/packages.txt apt-get install --yes --no-install-recommends \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/bin/pod-identity-webhook /usr/local/bin/
COPY LICENSE /usr/share/doc/pod-identity-webhook/copyright
USER 65532:65532
EXPOSE 8443 9999
ENTRYPOINT ["/usr/local/bin/pod-identity-webhook"]
