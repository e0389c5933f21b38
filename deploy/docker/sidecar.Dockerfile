# The sidecar, of the repository's root: docker build --file deploy/docker/sidecar.Dockerfile --tag telltale-sidecar .
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /src
ENV CI=true npm_config_store_dir=/pnpm/store
COPY . .
RUN --mount=type=cache,id=telltale-pnpm,target=/pnpm/store \
    npx -y pnpm@10.34.9 install --frozen-lockfile --prefer-offline --filter telltale --filter "@telltale/sidecar..."
RUN node packages/dashboard/build-page.ts \
    && npx -y pnpm@10.34.9 --recursive --filter "@telltale/sidecar..." --filter '!@telltale-internal/*' \
    exec rolldown --config "$PWD/rolldown.config.js"
# What it needs at run time and no more, of the same lockfile.
RUN --mount=type=cache,id=telltale-pnpm,target=/pnpm/store \
    npx -y pnpm@10.34.9 --filter @telltale/sidecar --config.inject-workspace-packages=true deploy --prod image \
    && node deploy/docker/use-built.ts image \
    && rm -rf image/src image/pnpm-lock.yaml

FROM node:24.21.0-bookworm-slim
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="telltale-sidecar" \
      org.opencontainers.image.description="One page, one /metrics and one set of alerts for several services, by OTLP" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production TELLTALE_SIDECAR_HOST=0.0.0.0 TELLTALE_SIDECAR_PORT=4318
WORKDIR /app
# Of root: the process can change nothing of itself.
COPY --from=build /src/image ./
# By number: Kubernetes' runAsNonRoot knows no names. It is the image's user "node".
USER 1000:1000
EXPOSE 4318
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.TELLTALE_SIDECAR_PORT}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Flags can follow the image's name. Node itself is told SIGTERM, delivers what is left, and ends with 0.
ENTRYPOINT ["node", "dist/main.js"]
