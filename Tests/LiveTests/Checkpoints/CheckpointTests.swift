import Glibc
import KVM
import TestSupport
import Testing

@testable import VMM

extension LiveUntimed {
  /// `run --checkpoint-on` and `restore`.
  @Suite("Checkpoints", .requiresKVM, .timeLimit(.minutes(15)))
  struct CheckpointTests {
    // MARK: The command line

    @Test("--snapshot-on is another name of --checkpoint-on, for run and for restore")
    func optionNames() {
      let results = ["--checkpoint-on", "--snapshot-on"].map { option in
        shell(
          """
          $SWVMM run gtick --clock virtual \(option) exit=20 one -- 5 2>/dev/null &&
          $SWVMM restore one \(option) exit=20 two 2>/dev/null && $SWVMM restore two
          """)
      }
      #expect(results[0].status == 0 && results[0].output.contains("ticks: 5\n"))
      #expect(results[1].status == 0 && results[1].output == results[0].output)
      #expect(
        shell("$SWVMM run gtick --checkpoint-on exit=1 a --snapshot-on exit=2 b").status == 64)
    }

    @Test("the file of a checkpoint has a separate option, which may stand anywhere")
    func ownOption() {
      let words = [
        "--checkpoint-on exit=20 --checkpoint one gtick",
        "--checkpoint one --checkpoint-on exit=20 gtick",
        "--checkpoint=one gtick --snapshot-on=exit=20", "--checkpoint-on exit=20 one gtick",
        "gtick --snapshot-on=exit=20 one",
      ]
      for words in words {
        let result = shell(
          "$SWVMM run --clock virtual \(words) -- 5 2>/dev/null && $SWVMM restore one")
        #expect(result.status == 0 && result.output.contains("ticks: 5\n"), "\(words): \(result)")
      }
    }

    @Test("with --keep-running each checkpoint is confirmed, by its number")
    func confirmed() {
      let result = shell(
        "$SWVMM run fill --checkpoint-on mark=1 --checkpoint 'a b' --keep-running -- 2 1")
      #expect(result.status == 0)
      #expect(
        result.errors == "swvmm: checkpoint 1 written to a b; the run continues\n",
        "\(result.errors)")
    }

    @Test("a checkpoint says what wrote it, which is said where another program cannot use it")
    func author() throws {
      let folder = TemporaryFolder()
      var image = try CheckpointImage(
        reading: try CheckpointImage.make(in: folder, "hello", after: "out 0x3f8"))
      let version = shell("$SWVMM --version").output.split(separator: "\n")[0]
      #expect(
        String(decoding: image["PROG"], as: UTF8.self).hasPrefix(String(version)), "\(version)")
      image["PROG"] = Array("another\u{1b}[31m".utf8)
      #expect(shell("$SWVMM restore \(folder.file("other", image.file))").status == 0)
      image.sections.removeAll { $0.tag == "UART" }
      let result = shell("$SWVMM restore \(folder.file("useless", image.file))")
      #expect(
        result.isRefusal(saying: "section UART 0 is missing; it was written by another\\u{1b}[31m"),
        "\(result.errors)")
    }

    @Test("options that the saved machine has no use for are refused before it runs")
    func idleOptions() {
      let result = shell(
        """
        $SWVMM run gtick --clock virtual --checkpoint-on exit=20 v -- 5 2>/dev/null || exit 9
        $SWVMM run gtick --irqchip kernel --checkpoint-on exit=20 k -- 5 2>/dev/null || exit 9
        for words in 'v --wait spin' 'v --count-stopped-time' 'k --wait spin' 'k --host-timeout 3'; do
          $SWVMM restore $words; echo $?
        done
        """)
      #expect(result.output == "64\n64\n64\n64\n", "\(result)")
      for reason in [
        "--wait: in virtual time", "--count-stopped-time: the machine is in virtual time",
        "--wait: with --irqchip kernel", "--host-timeout: the machine is at the host's time",
      ] { #expect(result.errors.contains(reason), "\(result.errors)") }
    }

    // MARK: Cuts

    /// Goes to a folder in memory, where there is one: thousands of checkpoints made durable would say
    /// nothing more, and take minutes of the disk's time.
    private static let inMemory =
      "memory=$(mktemp -d -p /dev/shm 2>/dev/null) && trap 'rm -r $memory' EXIT && cd $memory"

    /// Prints how many cuts there were, of how many exits, and a line for each that differs.
    ///
    /// The last exit is the guest's end, after which there is nothing to save.
    @Test(
      "cut after any exit, and continued in a new process, a guest prints what it prints uncut",
      arguments: [("gtick", "-- 5", 1), ("tick", "-- 5", 1), ("smp-gtick --cpus 2", "-- 3", 9)])
    func cuts(guest: String, arguments: String, stride: Int) throws {
      let stride = isEmulated ? 60 : isThorough ? stride : 20 * stride
      let result = shell(
        """
        \(Self.inMemory)
        $SWVMM run \(guest) --clock virtual --trace trace \(arguments) >uncut
        cut() {
          n=$1
          while $SWVMM run \(guest) --clock virtual --checkpoint-on exit=$n $n \(arguments) \\
              >$n.out 2>$n.note && test -e $n
          do
            $SWVMM restore $n >>$n.out || echo "cut after exit $n: status $?"
            cmp -s uncut $n.out || echo "cut after exit $n: other output"
            rm $n $n.*
            n=$((n + 2 * \(stride)))
            echo cut
          done
        }
        cut 1 >odd &
        cut $((1 + \(stride))) >even &
        wait
        sort odd even | uniq -c
        grep -vc -e '^#' -e ' timer ' -e ' interrupt ' -e ' mark ' trace
        """)
      let words = result.output.split(whereSeparator: \.isWhitespace)
      try #require(words.count == 3 && words[1] == "cut", "\(result.output)\(result.errors)")
      let (cuts, exits) = (Int(words[0]), try #require(Int(words[2])))
      #expect(cuts == (exits - 1 + stride - 1) / stride)
      #expect(result.errors == "")
    }

    /// Two chains of processes: `level` has too many exits to begin anew for each.
    @Test("saved after each of many exits, and continued in new processes, level prints the same")
    func chain() throws {
      let step = isEmulated ? 500 : isThorough ? 1 : 200
      let result = shell(
        """
        \(Self.inMemory)
        $SWVMM run level --clock virtual --trace trace >uncut
        exits=$(grep -vc -e '^#' -e ' timer ' -e ' interrupt ' -e ' mark ' trace)
        half=$((exits / 2 / \(step)))
        chain() { # FIRST LINKS: cuts after exit FIRST, and LINKS times more
          $SWVMM run level --clock virtual --checkpoint-on exit=$1 $1 >$1.out 2>$1.note
          links=0
          while read -r _ word _ <$1.note && test "$word" = checkpoint
          do
            if test $links = $2
            then
              $SWVMM restore $1 >>$1.out 2>$1.note
            else
              links=$((links + 1))
              $SWVMM restore $1 --checkpoint-on exit=\(step) $1 >>$1.out 2>$1.note
            fi
          done
          cmp uncut $1.out && echo $links
        }
        chain \(step) $half >first &
        chain $((half * \(step))) -1 >second &
        wait
        echo $exits $(cat first second)
        """)
      let numbers = result.output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
      try #require(numbers.count == 3, "\(result.output)\(result.errors)")
      let exits = numbers[0]
      #expect(numbers[1] == exits / 2 / step)
      // Up to the link that finds the guest's end, and with it nothing more to save.
      #expect(numbers[2] == (exits - 1) / step + 1 - exits / 2 / step)
      #expect(exits > 4000)
    }

    // MARK: Memory and time

    @Test("every page is what it was, whether it was touched since the last restore or not")
    func memory() {
      let result = shell(
        """
        $SWVMM run fill --memory 64M --checkpoint-on mark=1 a -- 60 1 &&
        $SWVMM restore a --checkpoint-on exit=1 b && rm a &&
        $SWVMM restore b
        """)
      #expect(result.status == 0)
      #expect(result.output == "changed: 0\n", "\(result)")
    }

    @Test("the time in which a machine was stopped counts if that is wanted, and not otherwise")
    func stoppedTime() throws {
      let folder = TemporaryFolder()
      // Ten seconds a tick, so none is near when the guest halts for the first time.
      let file = try CheckpointImage.make(
        in: folder, "gtick", after: "hlt", arguments: "-- 1 10000000")
      var contents = try CheckpointImage(reading: file)
      let then: UInt64 = contents["MACH"].number(at: MachineOffset.realTime)
      func restore(savedAt time: UInt64, _ option: String) -> CommandResult {
        contents["MACH"].set(MachineOffset.realTime, time)
        return shell(
          "$SWVMM restore \(folder.file("old", contents.file)) --timeout 0.3 \(option)")
      }
      let hour: UInt64 = 3_600_000_000_000
      #expect(restore(savedAt: then, "").status == 124)
      #expect(restore(savedAt: then - hour, "").status == 124)
      // A wall clock that was set back since: no time is known to have passed.
      #expect(restore(savedAt: then + hour, "--count-stopped-time").status == 124)
      let result = restore(savedAt: then - hour, "--count-stopped-time")
      #expect(result.status == 0)
      // 360 points went by meanwhile; the line is a level, so one tick speaks for all of them.
      let lines = result.output.split(separator: "\n")
      #expect(lines[0] == "ticks: 1")
      #expect(["skipped: 359", "skipped: 360"].contains(lines[1]), "\(result.output)")
      #expect(lines[2] == "early: 0")
    }

    // MARK: Hosts

    @Test("a guest whose TSC runs at another frequency is refused where KVM cannot scale it")
    func frequency() throws {
      let folder = TemporaryFolder()
      let path = try CheckpointImage.make(in: folder, "hello", after: "out 0x3f8")
      var contents = try CheckpointImage(reading: path)
      let kilohertz: UInt32 = contents["MACH"].number(at: MachineOffset.tscKilohertz)
      contents["MACH"].set(MachineOffset.tscKilohertz, kilohertz / 2)
      let result = shell("$SWVMM restore \(folder.file("other", contents.file))")
      if try KVMSystem().value(of: .tscControl) > 0 {
        #expect(result.status == 0, "\(result.errors)")
      } else {
        #expect(result.isRefusal, "\(result)")
        #expect(
          result.errors.contains(" the guest's TSC runs at \(kilohertz / 2) kHz, this host's at "))
      }
      // A host measures its own anew at each start, within 250 ppm.
      contents["MACH"].set(MachineOffset.tscKilohertz, kilohertz - kilohertz / 5000)
      #expect(shell("$SWVMM restore \(folder.file("near", contents.file))").status == 0)
    }

    @Test("a guest that was shown what this host's processor lacks is refused, and told what")
    func features() throws {
      let folder = TemporaryFolder()
      let path = try CheckpointImage.make(in: folder, "hello", after: "out 0x3f8")
      var contents = try CheckpointImage(reading: path)
      // Entries of 40 bytes: leaf, subleaf, flags, EAX, EBX, ECX, EDX, padding.
      var leaves = contents["CPID"]
      let leaf = try #require(
        stride(from: 0, to: leaves.count, by: 40).first {
          leaves.number(at: $0, UInt32.self) == 7 && leaves.number(at: $0 + 4, UInt32.self) == 0
        })
      let offered: UInt32 = leaves.number(at: leaf + 16)
      leaves.set(leaf + 16, ~UInt32(0))
      contents["CPID"] = leaves
      let result = shell("$SWVMM restore \(folder.file("other", contents.file))")
      #expect(result.isRefusal, "\(result)")
      #expect(
        result.errors.hasSuffix(
          ": this host lacks what the guest was started on: CPUID leaf 0x7.0, EBX bits "
            + "0x\(String(~offered, radix: 16))\n"))
    }
  }
}

/// Where the machine's section has what.
enum MachineOffset {
  static let cpus = 0
  static let irqchip = 8
  static let exitCost = 12
  static let now = 20
  static let realTime = 28
  static let tscKilohertz = 36
  static let nextVirtualTurn = 56
}

extension CheckpointImage {
  /// Runs a built-in guest until its first exit of a kind, and saves it there.
  ///
  /// - Parameters:
  ///   - folder: Where to.
  ///   - guest: Its name, and options.
  ///   - kind: The exit, as in a trace.
  ///   - arguments: What follows the options.
  /// - Returns: The file's path.
  /// - Throws: Where there is none.
  static func make(
    in folder: borrowing TemporaryFolder, _ guest: String, after kind: String,
    arguments: String = ""
  ) throws -> String {
    let file = folder.path + "/checkpoint"
    // What does not wait for an interrupt makes the same exits each time.
    let result = shell(
      """
      $SWVMM run \(guest) --trace trace --timeout 0.5 \(arguments) >out 2>note
      exit=$(grep -v -e '^#' -e ' timer ' -e ' interrupt ' -e ' mark ' -e ' kick ' trace | grep -n '\(kind)' | sed 's/:.*//;q')
      $SWVMM run \(guest) --checkpoint-on exit=$exit \(file) \(arguments)
      """)
    try #require(result.errors.contains("swvmm: checkpoint written; "), "\(result)")
    return file
  }
}

extension CommandResult {
  /// Whether nothing ran, and one line says why.
  var isRefusal: Bool { status == 65 && output.isEmpty && hasOneLineOfComplaint }
}
