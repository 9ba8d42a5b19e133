# Two ways to the same image:
#   docker build .                          compiles in a stage of its own
#   docker build --target prebuilt .        takes ./auditship, as `make build` made it (no base image is needed)
FROM golang:1.26 AS compile
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
ARG COMMIT=unknown
RUN make build VERSION="$VERSION" COMMIT="$COMMIT"

FROM scratch AS prebuilt
COPY auditship /auditship
ENTRYPOINT ["/auditship"]
CMD ["run", "-c", "/etc/auditship/auditship.yaml"]

FROM scratch
COPY --from=compile /src/auditship /auditship
COPY --from=compile /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENTRYPOINT ["/auditship"]
CMD ["run", "-c", "/etc/auditship/auditship.yaml"]
