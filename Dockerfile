# Trunkline as an image: one program for `serve`, `worker` and every other command. docs/deployment.md tells how to run it.
#   docker build -t trunkline .
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
# For a mirror of the npm registry: --build-arg NPM_CONFIG_REGISTRY=https://...
ARG NPM_CONFIG_REGISTRY
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit
COPY . .
# The page is built with what is only needed for that; then that goes, and so does the Node of the packages: the base has one.
RUN npm run --if-present build:web \
 && npm prune --omit=dev \
 && rm -rf node_modules/node-linux-*

FROM ${NODE_IMAGE}
ARG VERSION=dev
LABEL org.opencontainers.image.title="Trunkline" \
      org.opencontainers.image.description="From a commit to a healthy rollout, with the reason for every step on record." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
# tini: commands that Trunkline had to kill leave children behind, and the first process of a container inherits them.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates git openssh-client subversion tini \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin trunkline \
 && install -d -o trunkline -g trunkline -m 0711 /data \
 && install -d /etc/trunkline /app \
 && ln -s /app/bin/trunkline /usr/local/bin/trunkline
WORKDIR /app
# What seldom changes comes first: a new version of Trunkline is a small layer on top of it.
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/package.json ./
COPY --from=build /app/bin ./bin
COPY --from=build /app/hooks ./hooks
COPY --from=build /app/pipelines ./pipelines
COPY --from=build /app/dist ./dist
COPY --from=build /app/src ./src
ENV NODE_ENV=production HOST=0.0.0.0 PORT=7070 DATA_DIR=/data HOME=/data
# trunkline.yaml and pipelines/ are looked for here.
WORKDIR /etc/trunkline
USER trunkline
VOLUME /data
EXPOSE 7070
# Not a Node of its own every few seconds: bash speaks enough HTTP. A busy engine takes long to start even that, and what
# fails before the first success counts for nothing until the start period ends: no answer for a minute is ill, not less.
HEALTHCHECK --interval=5s --timeout=30s --start-period=600s --retries=12 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/$PORT && printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3 && read -r answer <&3 && [[ $answer == *' 200 '* ]]"]
ENTRYPOINT ["tini", "--", "trunkline"]
CMD ["serve"]
