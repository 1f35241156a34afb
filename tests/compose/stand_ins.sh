#!/usr/bin/env bash
# Stand-ins for the base images of the Dockerfiles and of docker-compose.yml, made of Debian
# packages, under the very names: for machines that reach Debian's mirror and no image registry.
# Only a help for tests. Needs root, debootstrap and a Docker engine.
#
# What is special to a machine comes from the environment:
#   STAND_IN_MIRROR   Debian's mirror (default: the one apt uses)
#   STAND_IN_FILES    files for the images, at the same paths: certificates, pip's configuration
#   STAND_IN_ENV      settings for the images, NAME=VALUE, separated by spaces
set -euo pipefail
cd "$(dirname "$0")/../.."

# As in the Dockerfiles: the first image that a file names.
base() { sed -n 's/^FROM \([^ ]*\).*/\1/p' "$1" | head -n 1; }
# As in docker-compose.yml: the image of a service.
image() { sed -n "/^  $1:/,/^  [a-z]/s/^ *image: *//p" docker-compose.yml | head -n 1; }

mirror=${STAND_IN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' | grep -v security | head -n 1)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

main() {
  local file
  mkdir "$work/files"
  for file in ${STAND_IN_FILES:-}; do install -D -m 0644 "$file" "$work/files/$file"; done
  make python "$(base gateway_service/Dockerfile)" bookworm ca-certificates python3 python3-pip \
    python3-venv
  make redis "$(image redis)" bookworm redis-server
  # nginx resolves its upstreams anew by itself since 1.27.3, and bookworm's is older.
  make nginx "$(base nginx/Dockerfile)" forky ca-certificates curl libnginx-mod-stream nginx openssl
  make prometheus "$(image prometheus)" bookworm prometheus
}

# make NAME TAG SUITE PACKAGES...
make() {
  local name=$1 tag=$2 suite=$3 setting
  shift 3
  if docker image inspect "$tag" >/dev/null 2>&1; then return; fi
  debian "$suite"
  echo "stand-in for $tag" >&2
  {
    echo "FROM stand-in:$suite"
    echo "RUN apt-get -o Acquire::Check-Valid-Until=false update -q" "&& DEBIAN_FRONTEND=noninteractive apt-get install -qq -y" \
      "--no-install-recommends $* >/dev/null && rm -rf /var/lib/apt/lists/*"
    "like_$name"
    echo "COPY files /" # after the packages, lest one of them writes its own version
    for setting in ${STAND_IN_ENV:-}; do echo "ENV $setting"; done
  } >"$work/Dockerfile"
  DOCKER_BUILDKIT=1 docker build --network host --tag "$tag" "$work" >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; exit 1; }
}

# What the real images have and Debian's packages have not, or elsewhere.
like_python() {
  echo "RUN rm /usr/lib/python3.*/EXTERNALLY-MANAGED && ln -s python3 /usr/bin/python"
}
like_redis() {
  echo "RUN install -d -o redis -g redis /data"
  echo "WORKDIR /data"
  echo 'ENTRYPOINT []'
}
like_nginx() {
  echo "RUN groupmod -o -g 101 -n nginx www-data && usermod -o -u 101 -l nginx www-data"
}
like_prometheus() {
  echo "RUN install -d -o nobody /prometheus"
  echo 'USER nobody'
  echo 'ENTRYPOINT ["prometheus"]'
}

# A Debian of a suite, as `stand-in:SUITE`.
debian() {
  local suite=$1
  if docker image inspect "stand-in:$suite" >/dev/null 2>&1; then return; fi
  echo "debootstrap $suite" >&2
  debootstrap --variant=minbase "$suite" "$work/$suite" "$mirror" \
    /usr/share/debootstrap/scripts/sid >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; exit 1; }
  rm -rf "$work/$suite"/var/cache/apt/archives/*.deb
  tar -C "$work/$suite" -c . | docker import - "stand-in:$suite" >/dev/null
  rm -rf "${work:?}/$suite"
}

main
