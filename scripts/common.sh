# What scripts/setup and scripts/lock share. Sourced by them in the repository's root.

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# The newest Python is not the best one: torch's wheels and the lock are made for these.
find_python() {
  local candidate
  for candidate in python3.11 python3.12 python3.13; do
    command -v "$candidate" && return
  done
  return 1
}

# Arguments for pip that keep gigabytes of CUDA off a machine that has no NVIDIA GPU.
torch_index() {
  local python=$1 index=https://download.pytorch.org/whl/cpu
  if nvidia-smi -L >/dev/null 2>&1; then return; fi
  if "$python" -c "import urllib.request as r; r.urlopen('$index/torch/', timeout=5)" 2>/dev/null; then
    echo "--extra-index-url $index"
  fi
}
