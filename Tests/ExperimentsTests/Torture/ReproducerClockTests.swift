import Glibc
import KVM
import TestSupport
import Testing
import VMM

@testable import Experiments

/// The law of a clock, which a reproducer states once more in C.
@Suite(
  "Clocks in C", .enabled("no gcc is here") { access("/usr/bin/gcc", X_OK) == 0 })
struct ReproducerClockTests {
  /// A program that judges samples: of each row of its input (the time outside, when the guest began, how many
  /// samples there are; a clock and a time of each) it prints the number of jumps.
  private func judge() throws -> String {
    let torture = try TortureCase("kvmclock:exit4:natural:rest0:get-c:set-c:same")
    let image = try BootImage(try #require(BuiltInGuest.named("conserve")).file)
    let reproducer = try #require(
      try Reproducer(torture, .jumped, on: .current, image: image))
    let program = reproducer.samples.joined(separator: "\n")
    let start = try #require(program.firstRange(of: "static int jumps")).lowerBound
    return """
      #include <stdio.h>
      enum { READY = 1 };
      static long samples, guest_time[99], host_time[99], at[2], frozen;
      \(program[start...])
      int main(void) {
        while (scanf("%ld %ld %ld", &frozen, &at[READY], &samples) == 3) {
          for (int i = 0; i < samples; i++) scanf("%ld %ld", &guest_time[i], &host_time[i]);
          printf("%d\\n", jumps() != 0);
        }
      }

      """
  }

  /// Clocks that run, stand still while the guest is away, or break the law by a little, or not quite.
  private func observations() -> [Observation] {
    var generator = SplitMix64(seed: 7)
    let tolerance = TortureLaw.clockTolerance
    return (0..<2000).map { _ in
      var observation = Observation()
      var (host, guest) = (UInt64(1_000_000_000), Int64(5_000_000))
      let frozen = UInt64.random(in: 0...3_000_000, using: &generator)
      observation.outside = .init(
        stopped: host, saving: host, restored: host + frozen, resumed: host)
      var earliest = host
      for _ in 0..<Int.random(in: 1...5, using: &generator) {
        let passed = UInt64.random(in: 1...2_000_000, using: &generator)
        // Each bound is met, and missed by one.
        let steps = [
          Int64(passed), 0, -1, Int64(passed) + tolerance, Int64(passed) + tolerance + 1,
          Int64(passed) - Int64(frozen) - tolerance, Int64(passed) - Int64(frozen) - tolerance - 1,
        ]
        host += passed
        guest += steps[Int.random(in: 0..<steps.count, using: &generator)]
        observation.samples.append(.init(clock: guest, earliest: earliest, time: host))
        earliest = host
      }
      return observation
    }
  }

  @Test("a program judges a clock as the law does")
  func bounds() throws {
    let observations = observations()
    let rows = observations.map { observation in
      let samples = observation.samples.map { "\($0.clock) \($0.time)" }
      let begin = observation.samples.first?.earliest ?? 0
      return "\(observation.outside?.frozen ?? 0) \(begin) \(samples.count) "
        + samples.joined(separator: " ")
    }
    let folder = TemporaryFolder()
    let source = folder.file("judge.c", Array(try judge().utf8))
    let input = folder.file("input", Array(rows.joined(separator: "\n").utf8))
    let result = shell("gcc -w -o judge '\(source)' && ./judge <'\(input)'")
    #expect(result.status == 0, "\(result.errors)")
    let ideal = TortureIdeal(remains: 0, deliveries: 0...0)
    let expected = observations.map { TortureLaw.clock.verdicts(on: $0, ideal).contains(.jumped) }
    let found = result.output.split(separator: "\n").map { $0 == "1" }
    #expect(found == expected)
    #expect(expected.contains(true) && expected.contains(false))
  }
}
