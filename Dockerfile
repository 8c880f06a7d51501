# Abacus for the CPU, with the bundled model inside:
#
#   docker build -t abacus .
#   docker run -p 8080:8080 abacus
#   docker run -p 8080:8080 -v /my/model:/models/mine:ro abacus serve --model /models/mine
#
# Every flag of `serve` is also a variable: -e ABACUS_API_KEY=... (docker run abacus serve --help).

# Any image with Deno 2.9 on glibc will do.
ARG BASE=denoland/deno:2.9.6
FROM ${BASE}

WORKDIR /app
ENV DENO_DIR=/app/.deno \
    DENO_NO_UPDATE_CHECK=1 \
    ORT_DISABLE_TELEMETRY=1 \
    ABACUS_HOST=0.0.0.0

# Dependencies change seldom: this layer is built from their list alone, and stays cached when only
# the code changes. What only tests need
# and native libraries of other systems are left out.
COPY deno.json deno.lock ./
RUN deno install --frozen \
 && rm -rf "$DENO_DIR"/npm/*/playwright-core "$DENO_DIR"/npm/*/fast-check \
 && for native in "$DENO_DIR"/npm/*/onnxruntime-node/*/bin/napi-v*; do \
      rm -rf "$native/darwin" "$native/win32"; \
      find "$native/linux" -mindepth 1 -maxdepth 1 ! -name "$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')" \
        -exec rm -rf {} +; \
    done

COPY main.ts LICENSE ./
COPY src/ src/
COPY container/health.ts container/
COPY models/movie-reward/ models/movie-reward/
RUN deno cache --frozen main.ts container/health.ts

# The number of the user `deno` of the base image, given as such so that orchestrators can see that
# it is not root. Nothing under /app belongs to it.
USER 1993:1993

EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["deno", "run", "--no-prompt", "--cached-only", "--no-config", "--unsafely-ignore-certificate-errors=127.0.0.1", "--allow-net=127.0.0.1", "--allow-env=ABACUS_PORT", "/app/container/health.ts"]

# Deno is process 1 and is asked by SIGTERM itself: it drains and ends with 0.
ENTRYPOINT ["deno", "run", "--no-prompt", "--cached-only", "--frozen", \
  "--allow-read=/app,/models,/mnt/models,/data,/usr/bin/ldd", \
  "--allow-write=/data", \
  "--allow-env=ABACUS_*,NAPI_RS_*,NVIDIA_TF32_OVERRIDE", \
  "--allow-sys=systemMemoryInfo", \
  "--allow-net=0.0.0.0", \
  "--allow-ffi=/app/.deno", \
  "--allow-run=deno", \
  "/app/main.ts"]
CMD ["serve"]
