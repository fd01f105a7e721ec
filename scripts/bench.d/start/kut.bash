# kut: images of kvm-unit-tests, start to exit, over a C VMM's and QEMU's; KUT=FOLDER is that project's x86
# folder, built

# NAME CPUS: the image's commands, as scripts, because the two have arguments in common with stopwatch.
kut_commands() {
  local image=$KUT/$1.flat environment=$work/environment$2
  [[ -f $image ]] || fail "no $image"
  printf 'NR_CPUS=%s\nMEMSIZE=128\nMEMLIMIT=0\nTEST_DEVICE=1\n' "$2" >"$environment"
  kut_ours=("$swvmm" run "$image" --boot multiboot --test-device --irqchip kernel --memory 128M --cpus "$2"
    --module "$environment")
  kut_floor=("$work/guest-floor" "$2" 128 "$image" "$environment" "$1.flat")
  [[ $("${kut_ours[@]}" </dev/null 2>&1) == *"$3"* ]] || fail "swvmm does not say \"$3\" for $1"
  [[ $("${kut_floor[@]}" </dev/null 2>&1) == *"$3"* ]] || fail "the floor does not say \"$3\" for $1"
}

measure() {
  if [[ -z ${KUT:-} ]]; then
    printf '%-58s not measured: no KUT=FOLDER\n' 'kut'
    return 0
  fi
  local name cpus word
  while read -r name cpus word; do
    kut_commands "$name" "$cpus" "$word"
    stopwatch "$runs" 0 "${kut_ours[@]}" -- 0 "${kut_floor[@]}" >"$work/kut"
    judge "kut: $name, times a C VMM" 1.3 3 < <(awk '{ print $1 / $2 }' "$work/kut")
  done <<<$'dummy 1 Hello\nsetjmp 1 PASS\nidt_test 1 PASS\nsmptest 2 PASS'
  local qemu
  qemu=$(command -v qemu-system-x86_64) || return 0
  # QEMU takes seconds; 1 is how its debug exit says 0.
  kut_commands dummy 1 Hello
  stopwatch $((runs / 10 + 1)) 0 "${kut_ours[@]}" -- 1 "$qemu" -nodefaults -no-reboot -display none -accel kvm \
    -serial stdio -device pc-testdev -device isa-debug-exit,iobase=0xf4,iosize=4 \
    -kernel "$KUT/dummy.flat" -initrd "$work/environment1" >"$work/kut"
  judge 'kut: dummy, times QEMU' 0.03 4 < <(awk '{ print $1 / $2 }' "$work/kut")
}
