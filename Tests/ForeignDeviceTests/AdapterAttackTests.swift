import TestSupport
import Testing

/// Adapters that fail in the middle of a search's large requests.
@Suite(
  "attacks on a search", .timeLimit(.minutes(3)),
  .enabled(if: AdapterProgram.hasCompiler, "no C compiler"))
struct AdapterAttackTests {
  @Test(
    "an adapter that ends or lies within a batch ends the search in one line",
    arguments: [
      ("crash", "was ended by SIGSEGV, asked to write "),
      ("half-batch", "exited with status 3, asked to "), ("dies", "exited with status 7"),
      ("bad-status", "broke the protocol: a result has an unknown status"),
      ("too-many", "broke the protocol: an answer's header is "),
      ("overflows", " 4294967295 results, 4294967295 states, which is none to this request"),
    ])
  func failure(lie: String, words: String) {
    let result = shell("$SWVMM explore count-compare --device '\(AdapterProgram.liar(lie))'")
    #expect(result.isRefusal(saying: words), "\(result)")
  }

  @Test("a signal ends the search at once, however slow the adapter is")
  func signal() {
    let result = shell(
      """
      timeout -s KILL 20 $SWVMM explore count-compare --device '\(AdapterProgram.liar("slow"))' & \
      sleep 1; kill -INT $(pgrep -P $!); wait $!
      """)
    #expect(result.status == 130, "\(result)")
  }

  @Test(
    "an adapter that does not read ends with the command, however that ends, and so does what it started",
    arguments: ["TERM", "KILL"], ["exec sleep 60", "sleep 60", "sleep 60 | cat"])
  func lifeline(signal: String, last: String) {
    let result = shell(
      """
      $SWVMM device check 'sleep 60 & echo $$ $! >new; mv new ids; \(last)' &
      until [ -e ids ]; do sleep 0.01; done
      kill -\(signal) $!
      for look in $(seq 1 1000); do
        alive=''
        for id in $(cat ids); do
          grep -q '^State:.[^Z]' /proc/$id/status 2>/dev/null && alive="$alive $id"
        done
        [ "$alive" ] || break
        sleep 0.01
      done
      [ "$alive" ] && kill -KILL $alive && echo alive: $alive
      exit 0
      """)
    #expect(result.output == "", "\(result)")
  }

  @Test("a command that is killed while it starts an adapter leaves none")
  func killedAtStart() {
    let result = shell(
      """
      cat >preload.c <<'END'
      #define _GNU_SOURCE
      #include <signal.h>
      #include <sys/syscall.h>
      #include <unistd.h>
      int setpgid(pid_t process, pid_t group) {
        pid_t parent = getppid();
        kill(parent, SIGKILL);
        while (getppid() == parent) usleep(1000);
        return (int)syscall(SYS_setpgid, process, group);
      }
      END
      cc -shared -fPIC -o preload.so preload.c
      { LD_PRELOAD=./preload.so $SWVMM device check 'echo >began; exec sleep 20'; echo $?; } 2>&1 | cat
      ls
      """)
    // A static program takes no other's functions.
    guard result.output.contains("137\n") else { return }
    #expect(!result.output.contains("began\n"), "\(result)")
  }

  @Test(
    "what a search of a device says does not depend on its threads, nor on how the device is moved")
  func threads() {
    let timer = AdapterProgram.timer(bug: "HOST_COMPARE_ACKNOWLEDGES")
    let one = shell("$SWVMM explore count-compare --device \(timer) --threads 1")
    #expect(one.status == 1 && one.output.contains("\nswvmm replay count-compare:"), "\(one)")
    #expect(
      shell("$SWVMM explore count-compare --device \(timer) --threads 3").output == one.output)
  }

  @Test("states that mean nothing to another process are all asked of one")
  func privateStates() {
    let adapter = AdapterProgram.liar("private")
    let result = shell("$SWVMM explore count-compare --device '\(adapter)' --threads 2")
    #expect(result.status == 1 && result.output.contains("broken: "), "\(result)")
  }

  @Test("a search of the example in C is exhausted where that of our model is")
  func exhausted() {
    let timer = AdapterProgram.timer()
    let result = shell("$SWVMM explore count-compare-cause --device \(timer)")
    #expect(result.status == 0 && result.output.contains("(exhausted)"), "\(result)")
  }
}
