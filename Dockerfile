# All of Fastfusion but the notification service: the emulator, the functions that it runs, the dashboard, demo shareholders. Static
# binaries in an image of nothing else but root certificates. Build it from the repository's root:
#   docker build -t fastfusion/local .
# `make image` builds it with docker, podman or buildah, and puts what scripts/image/build.sh has made outside in the place of the stage
# `parts` (--build-context parts=target/image/amd64).
FROM --platform=$BUILDPLATFORM node:22-bookworm-slim AS dashboard
WORKDIR /source/dashboard
COPY dashboard/package.json dashboard/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY dashboard ./
RUN npm run build

FROM --platform=$BUILDPLATFORM rust:1.95-bookworm AS build
# Debian keeps no older versions, so a pinned one could not be installed once it is outdated.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv && rm -rf /var/lib/apt/lists/*
ARG TARGETARCH
ARG PROFILE=service
WORKDIR /source
# The image brings the toolchain that rust-toolchain.toml asks for; without the file nothing is fetched a second time.
COPY . .
RUN rm rust-toolchain.toml
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/source/target \
    scripts/image/build.sh "$TARGETARCH" "$PROFILE" && mv "target/image/$TARGETARCH" /parts

FROM scratch AS parts
COPY --from=build /parts /
COPY --from=dashboard /source/dashboard/dist /dashboard

FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="Fastfusion, on one machine" \
      org.opencontainers.image.description="Functions, REST and WebSocket APIs, Kafka triggers and the dashboard of template.yaml, without AWS." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION"
COPY --from=parts /ca-certificates.crt /etc/ssl/certs/
COPY --from=parts /bin /fastfusion/bin
COPY --from=parts /local.cdx.json /dashboard.cdx.json /sbom/
COPY --from=parts /dashboard /fastfusion/dashboard/dist
COPY dashboard/headers.json /fastfusion/dashboard/
COPY template.yaml /fastfusion/
WORKDIR /fastfusion
USER 65532:65532
EXPOSE 8001
HEALTHCHECK --interval=5s --timeout=6s --start-period=20s --retries=6 CMD ["/fastfusion/bin/emulator", "health"]
ENTRYPOINT ["/fastfusion/bin/emulator"]
CMD ["--listen=0.0.0.0", "--data-dir=/tmp/fastfusion", "--site=dashboard/dist", "--parameter=SecureCookies=off"]
