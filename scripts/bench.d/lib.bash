# What the measures of scripts/bench share: statistics, tools, guests.

# Exits of a run that measures exits; another does one. What start and end take is in both, so their difference
# is exits and nothing else.
readonly exits=10000
readonly greeting='hello from a guest of swvmm'

fail() {
  printf 'bench: %s\n' "$*" >&2
  exit 2
}

# MEDIAN QUARTILE1 QUARTILE3 of the numbers on standard input.
quartiles() {
  sort -g | awk '
    { v[NR] = $1 }
    function at(p,  i, r) { i = 1 + p * (NR - 1); r = int(i)
      return r < NR ? v[r] + (i - r) * (v[r + 1] - v[r]) : v[NR] }
    END { if (!NR) exit 1; print at(0.5), at(0.25), at(0.75) }'
}

# MEDIAN LOW HIGH of the numbers on standard input, between which the median of all such numbers lies with
# 95 percent: of N numbers those at places N/2 +- 0.98 * sqrt(N).
median_interval() {
  sort -g | awk '
    { v[NR] = $1 }
    function at(place) { return v[place < 1 ? 1 : place > NR ? NR : int(place + 0.5)] }
    END { if (!NR) exit 1; half = (NR + 1) / 2; wide = 0.98 * sqrt(NR)
      print (v[int(half)] + v[int(half + 0.5)]) / 2, at(half - wide), at(half + wide) }'
}

# A line of the table from the numbers on standard input. It sets `missed`, so it ends no pipe.
judge() { verdict_of quartiles "$@"; }

# The same where the median's interval decides.
judge_median() { verdict_of median_interval "$@"; }

verdict_of() { # MEDIAN-LOW-HIGH WHAT TARGET DIGITS
  local median low high verdict
  read -r median low high < <("$1") || fail "$2: no figures"
  shift
  verdict=held
  awk -v m="$median" -v t="$2" 'BEGIN { exit !(m > t) }' && verdict=MISSED && missed=1
  awk -v l="$low" -v h="$high" -v t="$2" 'BEGIN { exit !(l <= t && t < h) }' &&
    verdict+=', undecided'
  printf "%-58s %6.*f  [%.*f, %.*f]  %5s  %s\n" \
    "$1" "$3" "$median" "$3" "$low" "$3" "$high" "$2" "$verdict"
}

# A line of the table without a target.
inform() { # WHAT NOTE DIGITS
  local median low high
  read -r median low high < <(quartiles) || fail "$1: no figures"
  printf "%-58s %6.*f  [%.*f, %.*f]  %5s  %s\n" "$1" "$3" "$median" "$3" "$low" "$3" "$high" - "$2"
}

# What the runs say is shown only if one fails: QEMU warns every time.
stopwatch() {
  "$work/stopwatch" "$@" 2>"$work/errors" || fail "$(tail -n 3 "$work/errors")"
}

# Clock ticks: of all processors at work, of this script and its children at work, and of the wall.
ticks() {
  local all own wall
  all=$(awk '/^cpu / { print $2 + $3 + $4 + $7 + $8 + $9 }' /proc/stat)
  own=$(sed 's/.*) //' "/proc/$$/stat" | awk '{ print $12 + $13 + $14 + $15 }')
  wall=$(awk -v hz="$(getconf CLK_TCK)" '{ printf "%d", $1 * hz }' /proc/uptime)
  echo "$all $own $wall"
}

# ---- What is needed

build_tools() {
  local compiler source
  compiler=${CC:-$(command -v cc || command -v clang)} || fail 'no C compiler'
  for source in floor guest-floor plain-file reset-floor stopwatch timer-floor; do
    "$compiler" -O2 -Wall -Wextra -static -pthread -o "$work/$source" "scripts/bench.d/floors/$source.c" ||
      fail "scripts/bench.d/floors/$source.c does not compile"
  done
}

release_build() { # PRODUCT
  printf 'bench: swift build -c release --product %s\n' "$1" >&2
  swift build -c release --product "$1" >"$work/build.log" 2>&1 || {
    tail -n 20 "$work/build.log" | cut -c 1-160 >&2
    fail 'the release build fails'
  }
}

build_product() {
  bin=$(swift build -c release --show-bin-path) || fail 'swift build --show-bin-path fails'
  [[ -n ${SWVMM:-} ]] || release_build swvmm
  swvmm=$(realpath -e "${SWVMM:-$bin/swvmm}") || fail "no program $SWVMM"
}

export_guests() {
  local name
  for name in hello loop deadlines; do
    "$swvmm" images export $name "$work/$name.elf" || fail "swvmm images export $name fails"
  done
}

# A fast run that does something else would look good: both say hello, or nothing is measured.
check_guests() {
  [[ $("$swvmm" run hello </dev/null) == "$greeting" ]] || fail 'swvmm run hello says otherwise'
  [[ $("$work/floor" "$work/hello.elf") == "$greeting" ]] || fail 'the floor does not say hello'
}

# ---- What several measures do

# An exit of the guest `loop`, by its number, over the floor's. PLACE is what --stats calls it.
#
# Why so many pairs: an exit takes microseconds, and the host's pace changes by percents from one second to the
# next. The runs of a pair are within a fifth of a second, and the median of seven times as many pairs is known to
# 0.3 percent; so what is judged is the interval in which it lies.
#
# Of what is over 1, on the one host where it was taken apart, 0.014 to 0.019 is the kernel's filter of system calls
# (--confine off: 1.010 [1.005, 1.016], and 1.020 [1.016, 1.024] for Count): with a filter that allows all, the floor
# itself takes 1.011, and with one that compares the request 1.016. The clock that a load of Count reads costs the floor
# 1.005 [1.002, 1.007]; a second thread, asleep, 1.002 [0.996, 1.011], with files of its own or not. Sixteen more pages
# of data or of code per exit cost it nothing that can be seen. What is left is 456 instructions (the floor: 57).
measure_exit() { # KIND PLACE WHAT
  local times
  "$swvmm" run --stats loop -- "$1" $exits </dev/null 2>&1 | grep -aEq "^ *$exits .* $2\$" ||
    fail "swvmm did not do $exits times $2"
  # stopwatch has its own use for the `--` before a guest's arguments.
  for times in 1 $exits; do
    printf '#!/bin/sh\nexec "%s" run loop -- %s %s\n' "$swvmm" "$1" $times >"$work/ours$times"
    printf '#!/bin/sh\nexec "%s" "%s" "%s %s"\n' "$work/floor" "$work/loop.elf" "$1" $times \
      >"$work/floor$times"
    chmod +x "$work/ours$times" "$work/floor$times"
  done
  stopwatch $((7 * runs)) 0 "$work/ours1" -- 0 "$work/floor1" -- 0 "$work/ours$exits" \
    -- 0 "$work/floor$exits" >"$work/exits"
  judge_median "$3" 1.03 3 < <(awk '{ print ($3 - $1) / ($4 - $2) }' "$work/exits")
}

# A command that runs a guest which fills so much memory, and takes more options. (stopwatch has its
# own use for the `--` before a guest's arguments.)
fill_command() { # MIB
  printf '#!/bin/sh\nexec "%s" run fill --memory %sM "$@" -- %s\n' "$swvmm" $(($1 + 4)) "$1" \
    >"$work/fill$1"
  chmod +x "$work/fill$1"
}

# Its checkpoint: $work/MIB.
save_fill() { # MIB
  fill_command "$1"
  "$work/fill$1" --checkpoint-on mark=1 "$work/$1" </dev/null 2>"$work/errors" ||
    fail "no checkpoint: $(tail -n 1 "$work/errors")"
}

# The number that is member NAME of the JSON document on standard input.
member() { sed -n "s/^ *\"$1\": \([0-9]*\),\{0,1\}\$/\1/p"; }
