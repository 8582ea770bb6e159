# One image for worker, API and generator: they share the code and differ only in the command.
# Debian and not Alpine: the native core of the Temporal worker is built against glibc.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY local local
# The Temporal core ships for five platforms; the two of Linux stay, so the stage serves both architectures.
RUN npm run build \
  && npm prune --omit=dev --ignore-scripts \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 -not -name '*-linux-gnu' -exec rm -rf {} +

FROM node:24-bookworm-slim AS runtime
# An init of the image's own, so that signals and orphans are dealt with wherever it runs, not only under compose.
RUN apt-get update \
  && apt-get install -y --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
# For the worker: see local/servers/worker-memory.ts.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=524288
WORKDIR /app
COPY package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
RUN chmod +x dist/src/cli/main.js && ln -s /app/dist/src/cli/main.js /usr/local/bin/sluice
# A fresh volume takes on the owner of what it is put over.
RUN install -d -o node -g node -m 0700 /exports
USER node
EXPOSE 8000
ENTRYPOINT ["tini", "--"]
# The others: dist/src/api/main.js and dist/src/generator/main.js.
CMD ["node", "--enable-source-maps", "dist/src/workers/main.js"]
