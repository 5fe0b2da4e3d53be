# The bridge in an image without a shell, without root, with a read-only root file system.
#   docker build -t scim-bridge .
#   docker run --read-only -v ./bridge.yaml:/etc/scim-bridge/bridge.yaml:ro -v scim-bridge-data:/data -p 8080:8080 scim-bridge

# --- Dependencies: a layer of its own, which changes only when Cargo.lock changes.
FROM rust:1.95-bookworm AS dependencies
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
# Stand-ins for the real sources, so that cargo builds everything but the program itself.
RUN mkdir -p src && echo 'fn main() {}' > src/main.rs && touch src/lib.rs \
 && cargo build --locked --profile dist --bin scim-bridge \
 && rm -r src target/dist/scim-bridge target/dist/deps/*scim_bridge* target/dist/.fingerprint/scim-bridge-*

# --- The program.
FROM dependencies AS program
COPY build.rs ./
COPY mappings mappings
COPY src src
RUN cargo build --locked --profile dist --bin scim-bridge

# Empty folder for the store: the last stage has no shell to make one with the right owner.
RUN mkdir /empty

# --- What is shipped: the binary, which has the mappings inside, on libc and nothing else.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=program /src/target/dist/scim-bridge /usr/local/bin/scim-bridge
COPY --from=program --chown=nonroot:nonroot /empty /data
# The working directory holds the configuration, so that every command finds `bridge.yaml` without an option.
WORKDIR /etc/scim-bridge
USER nonroot:nonroot
VOLUME ["/data"]
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["scim-bridge", "health", "--url", "http://127.0.0.1:8080/health/live"]
ENTRYPOINT ["scim-bridge"]
CMD ["serve", "--config", "bridge.yaml"]
