# memory: resident memory of `run` without the guest's RAM

# No other mapping is as large, so that the guest's RAM can be told from the rest.
readonly odd_memory_mib=37

# KIBIBYTES of a running `run spin`: RAM, all else, and of that else what no file backs.
resident() {
  local process sum
  "$swvmm" run --memory ${odd_memory_mib}M --timeout 60 spin </dev/null >/dev/null 2>&1 &
  process=$!
  sleep 0.5
  sum=$(awk -v ram_size=$((odd_memory_mib * 1024)) '
    $1 == "Size:" { is_ram = $2 == ram_size }
    $1 == "Rss:" && is_ram { ram += $2; found = 1 }
    $1 == "Rss:" && !is_ram { rest += $2 }
    $1 == "Anonymous:" && !is_ram { anonymous += $2 }
    END { if (found) print ram, rest, anonymous }' "/proc/$process/smaps") || true
  kill "$process" 2>/dev/null || true
  wait "$process" 2>/dev/null || true
  [[ -n $sum ]] || fail 'the RAM of a spinning guest was not found in its smaps'
  echo "$sum"
}

measure() {
  # How many pages of its file a process maps depends on how they came into the page cache: a file
  # just copied there as a whole lies in large folios, of which one fault maps a lot. So the file is
  # written back and dropped first, and comes in by faults and read-ahead, as after a reboot.
  sync "$swvmm"
  dd if="$swvmm" iflag=nocache count=0 status=none
  stopwatch "$runs" 0 "$swvmm" run hello >"$work/peak"
  # The sums of smaps are exact, but of one moment. The peak covers the whole run; the kernel counts
  # it in lumps of some pages for each processor. RAM that `spin` touched, `hello` touched as well:
  # it is what the loader writes. So both must hold.
  local i sum ram
  for ((i = 0; i < 5; i++)); do
    sum=$(resident)
    echo "$sum" >>"$work/resident"
  done
  judge 'memory: MiB beside RAM while a guest spins' 5 2 \
    < <(awk '{ print $2 / 1024 }' "$work/resident")
  ram=$(awk '{ print $1 }' "$work/resident" | quartiles | cut -d ' ' -f 1)
  judge 'memory: MiB beside RAM, peak of run hello' 8 2 \
    < <(awk -v ram="$ram" '{ print ($2 - ram) / 1024 }' "$work/peak")
  awk '{ print $3 / 1024 }' "$work/resident" | quartiles |
    awk '{ printf "  (private to it: %.2f MiB; the rest is the program file, shared)\n", $1 }'
}
