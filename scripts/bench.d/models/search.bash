# search: distinct states per second of each world's search, with one thread and with two; for
# information

# How often each search runs at most: there are dozens, and some take seconds.
readonly searches=5

measure() {
  local model threads i states bytes rate
  while read -r model _; do
    for threads in 1 2; do
      for ((i = 0; i < (runs < searches ? runs : searches); i++)); do
        "$swvmm" explore --threads $threads --json "$model" >"$work/search.json" \
          2>>"$work/$model$threads" || fail "swvmm explore $model fails"
      done
      states=$(member states <"$work/search.json")
      bytes=$(member bytesPerState <"$work/search.json")
      inform "search: $model, states/s, $threads cores" "$states states of $bytes bytes" 0 \
        < <(sed -n 's|.*: \([0-9]*\) states/s$|\1|p' "$work/$model$threads")
    done
  done < <("$swvmm" explore)
}
