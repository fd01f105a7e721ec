# linux: Linux from start to its init's end, over a C VMM's, on upstream's kvm_amd (scripts/on-kvm-amd);
# LINUX=FILE is a bzImage, such as Debian's cloud kernel

measure() {
  if [[ -z ${LINUX:-} ]]; then
    printf '%-58s not measured: no LINUX=FILE\n' 'linux'
    return 0
  fi
  local cpus busybox
  scripts/on-kvm-amd --prepare >"$work/errors" 2>&1 || fail "$(tail -n 1 "$work/errors")"
  busybox=${XDG_CACHE_HOME:-$HOME/.cache}/swvmm/on-kvm-amd/linux-6.1/busybox
  mkdir -p "$work/root"
  gcc -O2 -static -nostdlib -ffreestanding -fno-stack-protector -fno-pie -no-pie -s -o "$work/root/init" \
    scripts/boot-linux.d/init.c || fail 'scripts/boot-linux.d/init.c does not compile'
  (cd "$work/root" && find . | "$busybox" cpio -o -H newc -R 0:0 2>"$work/errors") >"$work/initrd"
  # stopwatch has its own use for the `--` before a guest's arguments. A run takes 2 to 20 s there.
  cat >"$work/linux.sh" <<'END'
line='console=ttyS0 quiet panic=-1'
printf '#!/bin/sh\nexec /payload/swvmm run /payload/bzImage --initrd /payload/initrd --irqchip kernel \
--memory 512M --cpus %s --timeout 100 -- %s\n' "$1" "$line" >ours
chmod +x ours
./stopwatch "$2" 0 ./ours -- 0 ./guest-floor "$1" 512 bzImage initrd "$line"
END
  for cpus in 1 2; do
    scripts/on-kvm-amd --memory 2500 --timeout $((60 + runs * 10)) --files "$swvmm:swvmm" \
      --files "$work/guest-floor:guest-floor" --files "$work/stopwatch:stopwatch" --files "$LINUX:bzImage" \
      --files "$work/initrd:initrd" --files "$work/linux.sh:linux.sh" \
      -c "sh linux.sh $cpus $((runs / 10 + 2))" >"$work/linux" 2>"$work/errors" ||
      fail "linux: $(tail -n 1 "$work/errors")"
    judge "linux: start to the end of init, $cpus CPUs, times a C VMM" 1.2 3 < <(awk '{ print $1 / $2 }' "$work/linux")
  done
}
