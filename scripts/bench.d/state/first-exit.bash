# first-exit: process start to the first exit of a restored `hello`, over `run hello`

measure() {
  # Its last exit but one: what is left to do is to end.
  "$swvmm" run hello --checkpoint-on exit=$((${#greeting} + 1)) "$work/hello" </dev/null 2>/dev/null \
    >"$work/errors" || fail 'no checkpoint of hello'
  [[ $("$swvmm" restore "$work/hello") == '' ]] || fail 'a restored hello says otherwise'
  stopwatch $((5 * runs)) 0 "$swvmm" restore "$work/hello" -- 0 "$swvmm" run hello >"$work/first-exit"
  judge 'first-exit: restored to the first exit, times a cold start' 2 3 \
    < <(awk '{ print $1 / $2 }' "$work/first-exit")
}
