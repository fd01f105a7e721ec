/* The world of swvmm's `count-compare` search, by hand, for the model checker spin.
 *
 * It is the same world, action for action: a MIPS Count/Compare timer by KVM's rules with its guest,
 * its host and time, beside an ideal that says what it must do. swvmm searches it with the very code
 * that runs under guests (Sources/Exploration/CountCompareWorld.swift). What differs is the numbers:
 * Count wraps after 2^16 ticks and not 2^32, so that times fit an int. All distances are ticks around
 * a match, or quarters of a wrap, so the states are the same ones: both searches must end with the
 * same number of distinct states, and scripts/bench looks.
 *
 * Each action is one d_step, that is one transition: an operation of the timer is atomic here as there.
 * An action that turns out to lead nowhere interesting puts everything back, and its result is the
 * state it came from.
 *
 * What is Compare after every action, 0, and what else follows from the rest, is `hidden`, which is
 * spin's word for no part of the state. So spin's states are as small as its user would make them.
 *
 *   spin -DFREEZE_BUG -a freeze.pml    puts the bug in that upstream commit 4355c44f063d took out
 */

#define WRAP 65536
#define MASK 65535
#define PRESENT (40 * WRAP)               /* ns: four wraps at 100 MHz */
#define PERIOD (isFast -> 1 : 10)         /* ns a tick: at 1 GHz, or at 100 MHz */
#define SPAN (WRAP * PERIOD)              /* ns a wrap */

/* The timer. */
unsigned bias : 16;
unsigned stopped : 16;                    /* Count while it is stopped */
bit isPending, isDisabled;                /* Cause.TI, Cause.DC */
bit isMaster;                             /* COUNT_CTL.DC */
bit isArmed;
int expires, resumeTime;
/* The ideal; the frequency is one for both. */
unsigned count : 16;
bit mustPend, mustStand, mustHold;        /* TI, DC and COUNT_CTL.DC as they must be */
int holdTime;
bit isFast;
/* Within the period of 10 ns that starts with PRESENT. */
int now = PRESENT;

hidden int compare, idealCompare;         /* 0 between two actions */
hidden int c, r, target, value, last, next, distance, when, past, due, was, wasHeld;
hidden int oldBias, oldStopped, oldPending, oldDisabled, oldMaster, oldArmed, oldExpires, oldResume;
hidden int oldCount, oldMustPend, oldMustStand, oldMustHold, oldHold, oldFast, oldNow;

#define COUNTS (!isMaster && !isDisabled)
#define RUNS (!mustHold && !mustStand)

/* ---- The timer's operations; the names are those of CountCompareRules. */

inline isMatchDue(at) {                   /* c is Count; sets due */
#ifdef FREEZE_BUG
  due = (expires <= at);
#else
  due = (((c - compare) & MASK) < WRAP / 2 -> expires < at + SPAN / 4 : expires + SPAN / 4 < at);
#endif
}

inline resume(at, from) {
  expires = at + (((compare - from - 1) & MASK) + 1) * PERIOD;
  isArmed = 1
}

inline readRunningCount(at) {             /* sets c */
  c = (bias + at / PERIOD) & MASK;
  isMatchDue(at);
  if
  :: due ->
     isPending = 1;
     if
     :: isArmed ->
        expires = expires + SPAN;
        isMatchDue(at);
        if :: due -> resume(at, c) :: else fi
     :: else
     fi
  :: else
  fi
}

inline freeze(at) { isArmed = 0; readRunningCount(at) }

inline settle() { if :: COUNTS -> readRunningCount(now) :: else fi }

inline setCount(to) {
  bias = (to - (isMaster -> resumeTime : now) / PERIOD) & MASK;
  if :: COUNTS -> resume(now, to) :: else -> stopped = to fi
}

inline readCount() { if :: COUNTS -> readRunningCount(now) :: else -> c = stopped fi }

inline guestWriteCompare(to) {
  if
  :: to == compare -> settle(); isPending = 0
  :: else ->
     if :: COUNTS -> freeze(now) :: else -> c = 0 fi;
     isPending = 0;
     compare = to;
     if :: COUNTS -> resume(now, c) :: else fi
  fi
}

inline hostWriteCompare(to) {
  if
  :: to == compare
  :: else ->
     if :: COUNTS -> freeze(now) :: else -> c = 0 fi;
     compare = to;
     if :: COUNTS -> resume(now, c) :: else fi
  fi
}

inline writeDisable(to) {                 /* of Cause, DC alone */
  was = COUNTS;
  wasHeld = isDisabled;
  readCount();
  isDisabled = to;
  endWritingCause()
}

inline writeCause(dc, ti) {               /* all of Cause */
  was = COUNTS;
  wasHeld = isDisabled;
  readCount();
  isDisabled = dc;
  isPending = ti;
  endWritingCause()
}

inline endWritingCause() {
  if
  :: was && !COUNTS -> isArmed = 0; stopped = c
  :: !(was && !COUNTS) && wasHeld && !isDisabled -> setCount(c)
  :: else
  fi
}

inline writeControl(to) {
  if
  :: to == isMaster
  :: to != isMaster && to == 1 ->
     if :: COUNTS -> freeze(now); stopped = c :: else fi;
     isMaster = 1;
     resumeTime = now
  :: else ->
     isMaster = 0;
     if
     :: COUNTS ->
        resume(resumeTime, stopped);
        freeze(now);
        resume(now, c)
     :: else
     fi
  fi
}

inline writeResume(to) {
  resumeTime = to;
  if :: isMaster -> setCount(stopped) :: else fi
}

inline writeFrequency(fast) {
  if
  :: fast == isFast
  :: else ->
     if :: COUNTS -> freeze(now) :: else -> c = stopped fi;
     isFast = fast;
     setCount(c)
  fi
}

inline wakeUp(at) {
  if
  :: isArmed ->
     readRunningCount(at);
     if :: expires <= at -> resume(at, c) :: else fi
  :: else
  fi
}

/* The registers of a stopped timer, read, and written into a new one. */
inline migrate() {
  settle();
  value = stopped;
  assert(value == count);
  when = resumeTime;
  was = isFast;
  due = (isPending | (isDisabled << 1));
  past = compare;
  next = due;
  /* A new timer, at 100 MHz. */
  bias = 0; stopped = 0; isPending = 0; isDisabled = 0; isMaster = 0; isArmed = 0;
  expires = 0; resumeTime = 0; isFast = 0; compare = 0;
  setCount(0);
  last = was;
  writeControl(1);
  writeFrequency(last);
  writeResume(when);
  hostWriteCompare(past);
  writeCause(next >> 1, next & 1);
  settle();
  setCount(value)
}

/* ---- The ideal */

inline advance(from, to) {
  if
  :: RUNS ->
     past = to / PERIOD - from / PERIOD;
     if :: past >= ((idealCompare - count - 1) & MASK) + 1 -> mustPend = 1 :: else fi;
     count = (count + past) & MASK
  :: else
  fi
}

inline setMaster(to) {
  mustHold = to;
  if :: mustHold -> holdTime = now :: else -> advance(holdTime, now) fi
}

/* ---- Around every action */

inline begin() {
  compare = 0; idealCompare = 0; r = 1;
  oldBias = bias; oldStopped = stopped; oldPending = isPending; oldDisabled = isDisabled;
  oldMaster = isMaster; oldArmed = isArmed; oldExpires = expires; oldResume = resumeTime;
  oldCount = count; oldMustPend = mustPend; oldMustStand = mustStand; oldMustHold = mustHold;
  oldHold = holdTime; oldFast = isFast; oldNow = now
}

inline undo() {
  bias = oldBias; stopped = oldStopped; isPending = oldPending; isDisabled = oldDisabled;
  isMaster = oldMaster; isArmed = oldArmed; expires = oldExpires; resumeTime = oldResume;
  count = oldCount; mustPend = oldMustPend; mustStand = oldMustStand; mustHold = oldMustHold;
  holdTime = oldHold; isFast = oldFast; now = oldNow
}

#define NEAR_QUARTER(ticks, slack) ((((ticks) + slack) & (WRAP / 4 - 1)) <= 2 * slack)

inline end() {
  if
  :: NEAR_QUARTER(count - idealCompare, 2) &&
     (!mustHold || NEAR_QUARTER(now / PERIOD - holdTime / PERIOD, 3)) ->
     normalise();
     judge()
  :: else -> undo()
  fi
}

inline normalise() {
  past = (now - PRESENT) / 10 * 10;
  now = now - past;
  bias = (bias + past / PERIOD - idealCompare) & MASK;
  expires = (isArmed -> expires - past : 0);
  stopped = (COUNTS -> 0 : (stopped - idealCompare) & MASK);
  resumeTime = (isMaster -> resumeTime - past : 0);
  compare = (compare - idealCompare) & MASK;
  count = (count - idealCompare) & MASK;
  idealCompare = 0;
  holdTime = (mustHold -> holdTime - past : 0)
}

/* Nothing early, nothing wrong, and whatever is due comes with an alarm that is due within a tick. */
inline judge() {
  assert(!isPending || mustPend);
  assert(compare == 0);
  assert(isDisabled == mustStand);
  assert(!isArmed || RUNS);
  if
  :: mustPend && !isPending ->
     assert(isArmed && expires <= now + PERIOD);
     when = (expires > now -> expires : now);
     c = (bias + when / PERIOD) & MASK;
     isMatchDue(when);
     assert(due)
  :: else
  fi
}

/* Time passes up to an instant, which must be ahead, and not so far that the host would be too late. */
#define PASS(to) d_step { begin(); to; pass() }

inline pass() {
  if
  :: r && target > now && (!mustHold || target - holdTime <= SPAN / 4 * 5) &&
     (!isArmed || target <= expires + SPAN / 4 * 5) ->
     wasHeld = mustPend;
     advance(now, target);
     mustPend = mustPend | wasHeld;
     now = target;
     assert((COUNTS -> (bias + now / PERIOD) & MASK : stopped) == count);
     end()
  :: else
  fi
}

inline around() {                         /* sets last and next: the matches around now */
  if
  :: mustStand -> r = 0
  :: else ->
     value = (mustHold -> (count + now / PERIOD - holdTime / PERIOD) & MASK : count);
     next = (now / PERIOD + ((idealCompare - value - 1) & MASK) + 1) * PERIOD;
     last = (now / PERIOD - ((value - idealCompare) & MASK)) * PERIOD
  fi
}

inline toMatch() { around(); target = next }
inline toJustBeforeMatch() { around(); target = next - 1 }
inline toJustAfterMatch() { around(); target = last + 1 }
inline toTickAfterMatch() { around(); target = last + PERIOD }
inline toTickEnd() { target = (now / PERIOD + 1) * PERIOD - 1 }
inline toAlarm() { r = isArmed; target = expires }
inline toJustBeforeAlarm() { r = isArmed; target = expires - 1 }
inline toQuarter() {
  if
  :: mustStand -> target = now + SPAN / 4
  :: else -> around(); target = last + SPAN / 4
  fi
}
inline toJustBeforeHalf() { around(); target = last + SPAN / 2 - PERIOD }
inline toHalf() { around(); target = last + SPAN / 2 }

/* An actor does something, if `allowed`. */
#define ACTION(allowed, what) d_step { allowed -> begin(); what; end() }

inline judgeRead() { assert(c == count); assert(!mustPend || isPending) }

inline compareTo(to) {
  value = (to) & MASK;
  guestWriteCompare(value);
  idealCompare = value;
  mustPend = 0
}

inline hostCompareTo(to) {
  value = (to) & MASK;
  hostWriteCompare(value);
  idealCompare = value
}

inline countTo(to) {
  value = (to) & MASK;
  settle();
  setCount(value);
  count = value
}

active proctype world() {
  /* A timer that has just been created. */
  d_step { begin(); setCount(0); normalise(); judge() }
  do
  :: PASS(toMatch())
  :: PASS(toJustBeforeMatch())
  :: PASS(toJustAfterMatch())
  :: PASS(toTickAfterMatch())
  :: PASS(toTickEnd())
  :: PASS(toAlarm())
  :: PASS(toJustBeforeAlarm())
  :: PASS(toQuarter())
  :: PASS(toJustBeforeHalf())
  :: PASS(toHalf())

  /* The guest: Count, CC, Cause; Compare; Count; Cause.DC. */
  :: ACTION(true, readCount(); judgeRead())
  :: ACTION(true, readCount(); judgeRead())
  :: ACTION(true, settle(); assert(isPending || !mustPend))
  :: ACTION(true, compareTo(0))
  :: ACTION(true, compareTo(count + 1))
  :: ACTION(true, compareTo(count + 2))
  :: ACTION(true, compareTo(count + WRAP / 4))
  :: ACTION(true, compareTo(count))
  :: ACTION(true, compareTo(count - 1))
  :: ACTION(true, countTo(-1))
  :: ACTION(true, countTo(0))
  :: ACTION(!mustStand, writeDisable(1); mustStand = 1)
  :: ACTION(mustStand, writeDisable(0); mustStand = 0)

  /* The host. */
  :: ACTION(isArmed, wakeUp(now); assert(!isArmed || expires > now))
  :: ACTION(!mustHold, writeControl(1); setMaster(1))
  :: ACTION(mustHold, writeControl(0); setMaster(0))
  :: ACTION(mustHold && now != holdTime, writeResume(now); holdTime = now)
  :: ACTION(mustHold, value = holdTime - PERIOD; writeResume(value); holdTime = value)
  :: ACTION(true, hostCompareTo(count + 1))
  :: ACTION(true, hostCompareTo(count + WRAP / 4))
  :: ACTION(true, countTo(-1))
  :: ACTION(!mustStand, writeCause(1, mustPend); mustStand = 1)
  :: ACTION(mustStand, writeCause(0, mustPend); mustStand = 0)
  :: ACTION(!mustPend, writeCause(mustStand, 1); mustPend = 1)
  :: ACTION(mustPend, writeCause(mustStand, 0); mustPend = 0)
  :: ACTION(true, value = !isFast; writeFrequency(value))
  :: ACTION(mustHold, migrate())
  od
}
