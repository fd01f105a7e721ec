# qemu: process start to exit of `run hello`, over QEMU's microvm

measure() {
  local qemu
  qemu=$(command -v qemu-system-x86_64) || {
    ! is_named qemu || fail 'qemu-system-x86_64 is not installed'
    printf '%-58s not measured: qemu-system-x86_64 is not installed\n' 'qemu'
    return 0
  }
  local microvm=(
    "$qemu" -M "microvm,pit=off,pic=off,rtc=off" -accel kvm -cpu qemu64 -m 32 -nodefaults
    -no-reboot -display none -serial stdio -device "isa-debug-exit,iobase=0xf4,iosize=1"
    -kernel "$work/hello.elf")
  # 1 is how the debug exit of QEMU says 0.
  local said
  said=$("${microvm[@]}" </dev/null 2>&1) || (($? == 1)) || fail "QEMU fails: $said"
  [[ $said == *"$greeting"* ]] || fail "QEMU does not say hello but: $said"
  stopwatch "$runs" 0 "$swvmm" run hello -- 1 "${microvm[@]}" >"$work/qemu"
  judge 'qemu: process start to exit, times QEMU microvm' 0.12 3 \
    < <(awk '{ print $1 / $2 }' "$work/qemu")
}
