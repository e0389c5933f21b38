# The demo, of the repository's root: docker build --file deploy/docker/demo.Dockerfile --tag telltale-demo .
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /src
ENV CI=true npm_config_store_dir=/pnpm/store
COPY . .
RUN --mount=type=cache,id=telltale-pnpm,target=/pnpm/store \
    npx -y pnpm@10.34.9 install --frozen-lockfile --prefer-offline --filter telltale --filter "@telltale-internal/demo..."
RUN node packages/dashboard/build-page.ts \
    && npx -y pnpm@10.34.9 --recursive --filter "@telltale-internal/demo..." --filter '!@telltale-internal/*' \
    exec rolldown --config "$PWD/rolldown.config.js"
# What it needs at run time and no more, of the same lockfile.
RUN --mount=type=cache,id=telltale-pnpm,target=/pnpm/store \
    npx -y pnpm@10.34.9 --filter @telltale-internal/demo --config.inject-workspace-packages=true deploy --prod image \
    && node deploy/docker/use-built.ts image \
    && cp tsconfig.base.json image/tsconfig.json \
    && rm -rf image/pnpm-lock.yaml

FROM node:24.21.0-bookworm-slim
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="telltale-demo" \
      org.opencontainers.image.description="A small shop that shows itself: Express, Nest, BullMQ and every signal" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Output without colours: logs are no terminal.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 NO_COLOR=1
WORKDIR /app
# Of root: the process can change nothing of itself.
COPY --from=build /src/image ./
# By number: Kubernetes' runAsNonRoot knows no names. It is the image's user "node".
USER 1000:1000
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# /tmp must be writable: sockets of threads and child processes. The shop closes in order on SIGTERM, which may take it some seconds.
# The shop is TypeScript with decorators, which oxc-node reads as it starts.
CMD ["node", "--import", "@oxc-node/core/register", "src/main.ts"]
