#!/usr/bin/env bash
# Proves the Dockerfile on a machine without a Docker engine.
#
# Makes a base image like denoland/deno's (Debian by debootstrap, Deno from its npm package), builds
# the Dockerfile on it with buildah, starts what came out with podman and runc (namespaces, no
# capabilities, read-only root), asks it for rewards and its own health check for its opinion, stops
# it in the middle of a request, and looks at how it ended. Then starts the Deployment of
# deploy/kubernetes from the same image. Takes a few minutes, needs root, Debian's packages, the npm
# registry and PyPI's (for kubectl), and leaves nothing behind but the packages.
#
# With `cuda` the image of Dockerfile.cuda on top of it is proven instead, as far as that goes without a
# GPU: it starts on the CPU, and with a stand-in for NVIDIA's driver fails at the driver's first call.
#
#   container/prove.sh [DENO_VERSION [cpu|cuda]]
set -euo pipefail

deno_version="${1:-2.9.6}"
target="${2:-cpu}"
image=abacus
repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
work="$(mktemp -d "${TMPDIR:-/tmp}/abacus-container.XXXXXX")"
name="abacus-proof-$$"
port=18080
url="http://127.0.0.1:$port"
short='{"items":[{"prompt":"The movie was","completions":[" a delight."]}]}'

# Everything that buildah and podman keep lies in the work directory.
stores=(--root "$work/storage" --runroot "$work/run" --storage-driver overlay)
buildah_() { timeout 900 buildah "${stores[@]}" "$@"; }
podman_() {
  timeout 120 podman "${stores[@]}" --tmpdir "$work/tmp" --runtime runc \
    --cgroup-manager cgroupfs --events-backend file "$@"
}

say() { printf '\n== %s\n' "$*"; }
fail() {
  printf 'FAILED: %s\n' "$*" >&2
  podman_ logs "$name" >&2 || true
  exit 1
}

# Whether the container's log has it. All of the log is read: grep -q would end before podman has written it,
# which pipefail takes for a failure.
says() { podman_ logs "$name" 2>&1 | grep -- "$1" > /dev/null; }

clean_up() {
  podman_ rm --force --time 2 "$name" > /dev/null 2>&1 || true
  podman_ pod rm --all --force > /dev/null 2>&1 || true
  buildah_ rm --all > /dev/null 2>&1 || true
  umount --recursive "$work/storage/overlay" > /dev/null 2>&1 || true
  rm -rf "$work"
}
trap clean_up EXIT

install_tools() {
  local missing=()
  for tool in debootstrap buildah podman runc conmon curl catatonit; do
    command -v "$tool" > /dev/null || missing+=("$tool")
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "installing ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
}

# The mirror that this machine's own packages come from.
mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1
}

make_base() {
  say "a base image like denoland/deno:$deno_version"
  local root="$work/base"
  timeout 600 debootstrap --variant=minbase bookworm "$root" "$(mirror)" > "$work/debootstrap.log" \
    || fail "debootstrap: $(tail -n 3 "$work/debootstrap.log")"
  (cd "$work" && npm pack --silent "@deno/linux-x64-glibc@$deno_version" > /dev/null \
    && tar -xzf deno-linux-*.tgz && install -m 755 package/deno "$root/usr/bin/deno")
  chroot "$root" useradd --uid 1993 --user-group --create-home deno
  # How this machine reaches the npm registry is its own affair: it stays in the base of the proof.
  local certificates=/etc/ssl/certs/ca-certificates.crt
  install -D -m 644 "$certificates" "$root$certificates"
  tar -C "$root" --exclude=./var/cache/apt --exclude=./var/lib/apt/lists --exclude=./dev \
    -cf "$work/base.tar" .
  local container
  container="$(buildah_ from scratch)"
  buildah_ add --quiet "$container" "$work/base.tar" / > /dev/null
  buildah_ config --env "DENO_CERT=$certificates" \
    --env "NPM_CONFIG_REGISTRY=$(npm config get registry 2> /dev/null)" "$container"
  buildah_ commit --quiet "$container" localhost/abacus-base > /dev/null
  buildah_ rm "$container" > /dev/null
  rm -rf "$root" "$work/base.tar" "$work/package"
}

# build TAG
build() {
  buildah_ bud --isolation chroot --format docker --layers --build-arg BASE=localhost/abacus-base \
    --tag "localhost/$1" "$work/context"
}

# A copy, so that the proof may change it.
copy_context() {
  mkdir -p "$work/context/container" "$work/context/models"
  cp -a "$repository"/{Dockerfile,.dockerignore,deno.json,deno.lock,main.ts,LICENSE,src} "$work/context"
  cp -a "$repository/container/health.ts" "$work/context/container"
  cp -a "$repository/models/movie-reward" "$work/context/models"
}

# The code changes, the dependencies do not: their layer must come from the cache.
prove_cache() {
  say "building again with other code"
  printf '\n// changed\n' >> "$work/context/main.ts"
  build abacus-changed > "$work/again.log" 2>&1 \
    || fail "the second build: $(tail -n 5 "$work/again.log")"
  grep -A 2 'deno install' "$work/again.log" | grep 'Using cache' > /dev/null \
    || fail "the layer of dependencies was built again"
  echo "the layer of dependencies came from the cache"
}

build_cuda() {
  say "building Dockerfile.cuda on it"
  cp "$repository/Dockerfile.cuda" "$work/context"
  image=abacus-cuda
  buildah_ bud --isolation chroot --format docker --build-arg IMAGE=localhost/abacus \
    --file "$work/context/Dockerfile.cuda" --tag "localhost/$image" "$work/context"
}

# Without a GPU its doctor says so, and that the CPU works.
prove_doctor() {
  say "doctor without a GPU"
  start doctor
  [ "$(podman_ wait "$name")" = 0 ] || fail "doctor finds no device that works"
  podman_ logs "$name" | grep -A 3 '^cuda: does not work' || fail "doctor does not speak of CUDA"
  podman_ rm "$name" > /dev/null
}

# On a machine without a GPU the provider must load whole, and fail where the driver is asked for one.
prove_cuda() {
  say "CUDA with a stand-in for the driver"
  local library="$work/libcuda.so.1"
  cc -shared -fPIC -nostdlib -Wl,-soname,libcuda.so.1 -o "$library" \
    "$repository/tests/cuda/stand_in/libcuda.c" || fail "no stand-in"
  podman_ run --name "$name" --pull never --network host --read-only --read-only-tmpfs=false \
    --cap-drop all --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 --env ABACUS_DEVICE=cuda \
    --volume "$library:/usr/lib/x86_64-linux-gnu/libcuda.so.1:ro" "localhost/$image" \
    > "$work/cuda.log" 2>&1 && fail "it served without a GPU"
  grep -E 'Cannot use the device "cuda": CUDA failure [0-9]+: .*cudaSetDevice' "$work/cuda.log" \
    || fail "another failure: $(tail -n 3 "$work/cuda.log")"
}

start() {
  podman_ run --detach --name "$name" --pull never --network host \
    --read-only --read-only-tmpfs=false --cap-drop all --security-opt no-new-privileges \
    --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 \
    --env "ABACUS_PORT=$port" "localhost/$image" "$@" > /dev/null
}

wait_ready() {
  for _ in $(seq 1 120); do
    curl --silent --fail --max-time 2 "$url/readyz" > /dev/null && return
    [ "$(podman_ inspect --format '{{.State.Running}}' "$name")" = true ] || fail "it ended"
    sleep 0.5
  done
  fail "it never got ready"
}

ask() {
  curl --silent --show-error --fail --max-time 60 "$url/v1/rewards" \
    --header 'Content-Type: application/json' --data "$1"
}

# What the image calls healthy, and that it is not so of a port where nothing answers.
prove_health() {
  say "health check"
  podman_ healthcheck run "$name" || fail "its own health check says no"
  if podman_ exec --env ABACUS_PORT=1 "$name" deno run --no-prompt --cached-only --no-config \
    --allow-net=127.0.0.1 --allow-env=ABACUS_PORT /app/container/health.ts; then
    fail "it would call a server healthy that is not there"
  fi
  echo "healthy, and not where nothing answers"
}

# The number of the engine's own process.
child() {
  podman_ exec "$name" sh -c 'for each in /proc/[0-9]*; do
    case "$(tr "\0" " " < "$each/cmdline")" in
      *deno\ run*engine/child.ts*) [ "${each#/proc/}" = $$ ] || echo "${each#/proc/}" ;;
    esac
  done' 2> /dev/null
}

# The model runs in a process of its own, and one that is killed is replaced.
prove_child() {
  say "the engine's process"
  local before after
  before="$(child)"
  [ -n "$before" ] || fail "the model has no process of its own"
  podman_ exec "$name" sh -c "kill -9 $before"
  ask "$short" > "$work/reply" || fail "no answer after the engine's process was killed"
  after="$(child)"
  [ -n "$after" ] && [ "$after" != "$before" ] || fail "process $before was not replaced: now it is '$after'"
  echo "process $before was killed, and $after answered in its place"
}

long_request() {
  local words
  words="$(printf ' it was a good film%.0s' $(seq 1 60))"
  local completions
  completions="$(for i in $(seq 1 64); do printf '"%s%s",' "$i" "$words"; done)"
  printf '{"items":[{"prompt":"The movie","completions":[%s]}]}' "${completions%,}"
}

# The Deployment as a cluster gets it, but for what Podman does not know. Probes by HTTP and the autoscaler are
# not tried by this.
prove_deployment() {
  say "the Deployment of deploy/kubernetes"
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet "$(grep kubectl "$repository/tests/deploy/requirements.txt")"
  "$work/venv/bin/kubectl" kustomize "$repository/container/podman" > "$work/deployment.yaml"
  # This machine may forbid raising the limits that Podman asks for by default.
  printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]\n' > "$work/containers.conf"
  CONTAINERS_CONF="$work/containers.conf" podman_ play kube --network host "$work/deployment.yaml"
  name="$(podman_ ps --all --format '{{.Names}}' | grep -- '-abacus$')"
  wait_ready
  [ "$(podman_ exec "$name" id -u)" = 1993 ] || fail "it runs as another user"
  podman_ exec "$name" deno eval 'try { Deno.writeTextFileSync("/app/x", ""); Deno.exit(1); } catch {}' \
    || fail "its root can be written to"
  ask "$short" | tee "$work/reply"
  echo
  grep -q '"rewards":\[-\?[0-9]' "$work/reply" || fail "no rewards"
  podman_ play kube --down "$work/deployment.yaml" > /dev/null
}

main() {
  install_tools
  make_base
  say "building the Dockerfile"
  copy_context
  build abacus
  prove_cache
  [ "$target" = cuda ] && build_cuda

  say "starting it"
  start
  wait_ready
  podman_ logs "$name"
  says ' cpu' || fail "it does not say that it runs on the CPU"
  echo "as user $(podman_ exec "$name" id -u), process 1 is $(podman_ exec "$name" cat /proc/1/comm)"
  [ "$(podman_ exec "$name" id -u)" = 1993 ] || fail "it runs as another user"
  if podman_ exec "$name" test -w /app/main.ts; then fail "it may write to its own code"; fi

  say "rewards"
  ask "$short" | tee "$work/reply"
  echo
  grep -q '"rewards":\[-\?[0-9]' "$work/reply" || fail "no rewards"

  prove_health
  prove_child

  say "SIGTERM during a request"
  long_request > "$work/long"
  ask "@$work/long" > "$work/long-reply" &
  local asking=$!
  until curl --silent --max-time 2 "$url/metrics" | grep '^abacus_running_batches{.*} [1-9]' > /dev/null; do
    kill -0 "$asking" 2> /dev/null || fail "the long request was over too soon"
  done
  podman_ kill --signal TERM "$name" > /dev/null
  wait "$asking" || fail "the request in flight was cut off"
  grep -q '"score"' "$work/long-reply" || fail "the request in flight was not answered"
  local code
  code="$(podman_ wait "$name")"
  [ "$code" = 0 ] || fail "it ended with $code"
  podman_ logs "$name" | tail -n 2 || true
  echo "the request in flight was answered, and it ended with $code"

  say "another command of the same image"
  podman_ rm "$name" > /dev/null
  start inspect
  podman_ wait "$name" > /dev/null
  podman_ logs "$name" | grep -E 'architecture|parameters|credit methods'

  podman_ rm "$name" > /dev/null
  if [ "$target" = cuda ]; then
    prove_doctor
    prove_cuda
  else
    prove_deployment
  fi
  podman_ images --format 'image size: {{.Size}}' "localhost/$image"
  say "proven"
}

main
