# allocations: calls of allocator and reference counting per exit and per operation of a model:
# scripts/count-allocations

measure() {
  local status=0 worst
  scripts/count-allocations >"$work/allocations" || status=$?
  ((status <= 1)) || fail 'scripts/count-allocations could not count'
  worst=$(awk 'NR > 3 { for (i = 3; i <= NF; i++) if ($i + 0 > max) max = $i }
    END { print max + 0 }' "$work/allocations")
  judge 'allocations: calls per exit, the most frequent' 0 3 <<<"$worst"
  ((status == 0)) || awk 'NR == 3 { print "  " $0 }
    NR > 3 { for (i = 3; i <= NF; i++) if ($i != 0) { print "  " $0; next } }' "$work/allocations"
}
