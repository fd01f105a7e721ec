# The cache of on-kvm-amd: kernels, and the initial file systems that start init.c on them.
# Sourced by on-kvm-amd, which sets $cache, $parts and $kernel, and uses $linux and $built.
# shellcheck shell=bash disable=SC2154

# Makes sure that two folders are there. *Guarantee:* a folder bears its final name only when it is
# complete, and never changes after that, so that a run may use it without the lock.
#   $linux  what the packages hold: vmlinuz, the modules, a static busybox
#   $built  what is made from that and from these sources: base.cpio, tsc-khz
prepare() {
  mkdir -p "$cache" || die "can't create the cache $cache"
  linux=$cache/linux-$kernel
  built=$cache/boot-$kernel-$(cat "$parts"/* | sha256sum | cut -c 1-16)
  exec 9>"$cache/lock" || die "can't write to the cache $cache"
  flock 9
  [[ -d $linux ]] || (begin && fetch_packages && finish "$linux") || exit 125
  [[ -d $built ]] || (begin && build_boot_files && finish "$built") || exit 125
  exec 9>&-
}

# One name for all that is unfinished: the next holder of the lock removes what an interrupted one
# left.
begin() {
  { rm -rf "$cache/new" && mkdir "$cache/new" && cd "$cache/new"; } ||
    die "can't write to the cache $cache"
}

finish() { # FOLDER
  mv "$cache/new" "$1" || die "can't write to the cache $cache"
}

fetch_packages() {
  local image
  if ! image=$(newest_image); then
    # A fresh container has no package lists.
    ((EUID == 0)) && apt-get update >>log 2>&1
    image=$(newest_image) ||
      die "apt-get knows no cloud kernel $kernel: try 'apt-get update' as root"
  fi
  echo "on-kvm-amd: downloading $image to $cache" >&2
  apt-get download "$image" busybox-static >>log 2>&1 ||
    die "can't download $image: $(grep -m 1 '^E:' log || tail -n 1 log)"
  local package
  for package in *.deb; do
    dpkg -x "$package" . || die "can't unpack $package"
    rm "$package"
  done
  # From Debian 13 on busybox is in /usr/bin: the rest of the script needs no such knowledge.
  { mv boot/vmlinuz-* vmlinuz && mv "$(find . -path '*bin/busybox')" busybox; } ||
    die "no kernel or no busybox in the packages"
}

# Debian's cloud kernels are its smallest, and leave out nothing of KVM.
newest_image() {
  apt-cache pkgnames "linux-image-$kernel." | grep -e '-cloud-amd64$' | sort -V | tail -n 1 | grep .
}

build_boot_files() {
  gcc -O2 -o tsc-khz "$parts/tsc-khz.c" || die "can't build tsc-khz.c"
  mkdir -p root/{modules,bin,usr,dev,proc,sys,payload}
  gcc -O2 -static -o root/init "$parts/init.c" || die "can't build init.c"
  cp "$linux/busybox" root/bin/
  ln -s bin root/sbin
  ln -s ../bin ../sbin root/usr/
  local applet
  for applet in $("$linux/busybox" --list | grep -vx busybox); do
    ln -s busybox "root/bin/$applet"
  done
  add_module kvm-amd
  archive root base.cpio
  rm -r root
}

# Adds a module to root/modules after those it depends on, in the order in which init loads them.
# There is no modules.dep to read: depmod makes that when a kernel is installed.
add_module() { # NAME, in which - and _ are the same
  local packed dependency file
  packed=$(find "$linux" -name "${1//[-_]/[-_]}.ko*")
  [[ $packed ]] || die "no module $1 in $linux"
  file=$(mktemp module.XXXXXX)
  case $packed in *.xz) "$linux/busybox" unxz -c "$packed" ;; *) cat "$packed" ;; esac >"$file"
  for dependency in $(tr '\0' '\n' <"$file" | sed -n 's/^depends=//p' | tr ',' ' '); do
    compgen -G "root/modules/*-$dependency.ko" >/dev/null || add_module "$dependency"
  done
  # Also drops the signature. Nothing demands it, and TCG would spend 0.2 s on checking it.
  strip --strip-debug "$file" || die "can't strip $packed"
  local loaded=(root/modules/*.ko)
  [[ -e ${loaded[0]} ]] || loaded=()
  mv "$file" "root/modules/$(printf %02d ${#loaded[@]})-${1//-/_}.ko"
}

# The same owner for each user who runs this.
archive() { # DIRECTORY FILE
  local archive
  archive=$(realpath "$2")
  (cd "$1" && find . | "$linux/busybox" cpio -o -H newc -R 0:0 >"$archive" 2>/dev/null) ||
    die "can't write $2"
}
