# snapshot: what a checkpoint adds to a run with `--checkpoint-on` whose guest used 16, 64 or 256 MiB, over a
# plain write and fsync of as many bytes

measure() {
  local mib size
  for mib in 16 64 256; do
    save_fill $mib
    size=$(stat -c %s "$work/$mib")
    ((size >= mib << 20 && size < (mib + 1) << 20)) || fail "a checkpoint of $size bytes"
    # Differences: what it takes to read the options and to fill the memory is in both. Mark 9 never comes.
    stopwatch "$runs" 0 "$work/fill$mib" --checkpoint-on mark=1 "$work/$mib" \
      -- 0 "$work/fill$mib" --checkpoint-on mark=9 "$work/none" \
      -- 0 "$work/plain-file" write "$size" "$work/plain" -- 0 "$work/plain-file" touch "$size" \
      >"$work/snapshot$mib"
    judge "snapshot: $mib MiB, times a plain write and fsync" 1.5 3 \
      < <(awk '{ print ($1 - $2) / ($3 - $4) }' "$work/snapshot$mib")
  done
}
