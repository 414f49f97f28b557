# The command line in a small image: no shell, no root, and nothing is written but what you mount.
#   npm ci && npm run build && docker build -t hackface-native .
#   docker run --rm --read-only -v "$PWD:/data" hackface-native score
FROM gcr.io/distroless/nodejs22-debian12:nonroot
WORKDIR /app
COPY package.json LICENSE LICENSE-MIT LICENSE-APACHE THIRD-PARTY.md ./
COPY node_modules/commander ./node_modules/commander
COPY dist ./dist
COPY hackface-native.linux-*.node ./
WORKDIR /data
# The number of nonroot, since Kubernetes compares no names with runAsNonRoot.
USER 65532
ENTRYPOINT ["/nodejs/bin/node", "/app/dist/cli.cjs"]
