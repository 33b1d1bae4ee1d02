# One static program, alone in an empty image.
#
#   docker build -t crm-emulator .
#   docker run --rm -p 5050:5050 crm-emulator
#   docker run --rm -p 5050:5050 crm-emulator --licenses 3 --scenario out-of-licenses
#
# The build keeps downloads and compiled crates in BuildKit's cache mounts, so a second one compiles only what changed.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# glibc linked statically rather than musl, whose allocator is known to be slow under load; and the image needs no other
# compiler than the one that comes with it (a part of the cryptography for https is C). Naming the target keeps the flag
# away from procedural macros, which cannot be static.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    set -eu; \
    host=$(rustc --print host-tuple); \
    RUSTFLAGS="-C target-feature=+crt-static" \
        cargo build --release --locked --bin crm-emulator --target "$host"; \
    install -D "target/$host/release/crm-emulator" /out/crm-emulator; \
    mkdir /out/data

FROM scratch
LABEL org.opencontainers.image.title="crm-emulator" \
      org.opencontainers.image.description="A local Dynamics CRM Online organization: users, licences and the Web API" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY LICENSE-MIT LICENSE-APACHE /licenses/
COPY --from=build /out/crm-emulator /crm-emulator
# The only place that may be written to; a named volume mounted here gets its owner.
COPY --from=build --chown=10001:10001 /out/data /data
WORKDIR /data
USER 10001:10001
# Also as a variable: flags given to `docker run` replace CMD, and the emulator should still be reachable then.
ENV CRM_EMULATOR_LISTEN=0.0.0.0:5050
EXPOSE 5050
HEALTHCHECK --interval=5s --timeout=2s --start-period=5s --retries=3 CMD ["/crm-emulator", "health"]
ENTRYPOINT ["/crm-emulator"]
CMD ["serve", "--listen", "0.0.0.0:5050"]
