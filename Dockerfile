# Builds the same image as `make image`, but with BuildKit, for linux/amd64 and linux/arm64:
#
#   docker buildx build --platform linux/amd64,linux/arm64 --tag REGISTRY/pod-identity-webhook:0.1.0 --push \
#     --build-arg BUILD_COMMIT="$(git rev-parse --short=12 HEAD)" .
#
# `make image` reads the image's configuration from the last stage.

FROM swift:6.3.1-bookworm AS build
# Debian's packages are not pinned, so that security updates are installed: the image's libraries come from this stage.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get upgrade --yes \
    && apt-get install --yes --no-install-recommends \
        ca-certificates libsimdjson-dev libssl-dev libyaml-dev openssl pkg-config python3 zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
# The commit that the log names, such as `git rev-parse --short=12 HEAD` prints.
ARG BUILD_COMMIT=
WORKDIR /source
COPY . .
RUN scripts/swift-release.sh --product pod-identity-webhook && python3 scripts/image /image

FROM scratch
LABEL org.opencontainers.image.title="pod-identity-webhook" \
      org.opencontainers.image.description="Gives pods on Kubernetes their cloud identities." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /image/system /
COPY --from=build /image/program /
USER 65532:65532
EXPOSE 8443 9999
ENTRYPOINT ["/usr/local/bin/pod-identity-webhook"]
