# Debian packages, for the shell entry points. Source it; it defines `install_packages` and `fail`.

fail() {
  printf '%s: %s\n' "$(basename "$0")" "$1" >&2
  exit 1
}

# Is the Debian package $1 installed?
have_package() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Run apt-get as root: as we are, or through sudo.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1; then
    sudo "$@"
  else
    return 127
  fi
}

# Install those of the named packages that are missing. Says nothing when there is nothing to do.
install_packages() {
  local missing=() name
  for name in "$@"; do
    have_package "$name" || missing+=("$name")
  done
  [ "${#missing[@]}" = 0 ] && return 0

  command -v apt-get >/dev/null 2>&1 ||
    fail "these are missing and there is no apt-get here to install them: ${missing[*]} (names of Debian packages)"
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null 2>&1 ||
    fail "these packages are missing, and this is neither root nor is there sudo. As root: apt-get install ${missing[*]}"

  echo "installing ${missing[*]}"
  # `apt-get update` first: a fresh machine has no package lists, an old one may have lists of versions that are gone.
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq || fail "apt-get update failed"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    fail "apt-get install ${missing[*]} failed"
}
