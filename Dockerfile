# One image for every role: docker run tributary [instances-api|webhook-gateway|poller|dispatcher|all-in-one|simulator|migrate]

FROM node:20.20.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json nest-cli.json ./
COPY scripts ./scripts
COPY libs ./libs
COPY apps ./apps
# Optional packages stay: the embedded PostgreSQL is one, and all-in-one runs on it.
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:20.20.2-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /app
RUN install -d -o node -g node /data
COPY package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY scripts ./scripts
# By number, so that Kubernetes can see that it isn't root.
USER 1000:1000
# instances-api and all-in-one, webhook-gateway, poller, dispatcher, simulator
EXPOSE 8080 8081 8082 8083 8090
# Only all-in-one without DATABASE_URL keeps anything here.
VOLUME /data
ENTRYPOINT ["node", "scripts/start.mjs"]
CMD ["all-in-one"]
