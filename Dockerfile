# Needs nothing but this folder: docker build -t wati-gateway .
# npm installs and prunes without install scripts: no package needs one, and ours (`prepare`) would build at the wrong time.

FROM node:24.21-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24.21-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 ADMIN_HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /app
# The code belongs to root, so the process that runs it cannot change it; it owns /data, and nothing else.
RUN install -d -o 1000 -g 1000 -m 0700 /data
COPY package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# The image's user "node" as a number, because Kubernetes' runAsNonRoot understands no names.
USER 1000:1000
VOLUME ["/data"]
EXPOSE 8080 8081
# Whether the process lives, not whether it is ready: a gateway without its store is not healed by a new start.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 8080) + '/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No shell and no npm in between: node gets the signal to stop itself. Requests leave 40 KB of garbage each: in twice
# the room that Node gives new objects (32 MiB) it is swept up half as often, for up to 48 MiB more of memory.
CMD ["node", "--max-semi-space-size=32", "dist/main.js"]
