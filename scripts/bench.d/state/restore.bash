# restore: what so many bytes add to `restore`, over a plain mmap that looks at each of them

measure() {
  local mib
  save_fill 0
  for mib in 16 64 256; do
    save_fill $mib
    stopwatch "$runs" 0 "$swvmm" restore "$work/$mib" -- 0 "$swvmm" restore "$work/0" \
      -- 0 "$work/plain-file" read "$work/$mib" -- 0 "$work/plain-file" read "$work/0" \
      >"$work/restore$mib"
    judge "restore: $mib MiB, times a plain mmap, every byte read" 1.5 3 \
      < <(awk '{ print ($1 - $2) / ($3 - $4) }' "$work/restore$mib")
  done
}
