# The image: one static binary, certificates of public authorities, and a list of what the binary is made of.
#
#   make image                              amd64 and arm64, root and non-root, reproducible, without a registry or a daemon
#   docker build .                          compiles in a stage of its own
#   docker build --target nonroot .         the same for uid 65532: the binary has the file capability DAC_READ_SEARCH
#
# What `prebuilt` copies is laid out by deploy/image/build.sh, whose output directory is then the context.
FROM scratch AS config
ARG VERSION=dev
ARG COMMIT=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="auditship" \
      org.opencontainers.image.description="Ships Kubernetes audit logs to Elasticsearch, Loki, Kafka and files" \
      org.opencontainers.image.source="https://github.com/auditship/auditship" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$COMMIT" \
      org.opencontainers.image.created="$CREATED"
EXPOSE 9180
ENTRYPOINT ["/auditship"]
CMD ["run", "-c", "/etc/auditship/auditship.yaml"]

FROM config AS prebuilt
COPY rootfs/ /

FROM config AS prebuilt-nonroot
COPY rootfs-nonroot/ /
USER 65532:65532

FROM golang:1.26 AS compile
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
ARG COMMIT=unknown
RUN deploy/image/rootfs.sh /out "$VERSION" "$COMMIT"

FROM config AS nonroot
COPY --from=compile /out/rootfs-nonroot/ /
USER 65532:65532

FROM config
COPY --from=compile /out/rootfs/ /
