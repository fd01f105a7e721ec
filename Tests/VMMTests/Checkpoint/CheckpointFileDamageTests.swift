import KVM
import LinuxHost
import TestSupport
import Testing

@testable import VMM

@Suite("Damaged checkpoints")
final class CheckpointFileDamageTests {
  private let folder = TemporaryFolder()

  @Test("every flipped bit of the header is refused, by its name")
  func header() throws {
    let good = try CheckpointBytes(in: folder.path)
    #expect(try good.refusal() == nil)
    for bit in 0..<64 * 8 {
      var spoilt = good
      spoilt.bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      let refusal = try spoilt.refusal()
      switch bit / 8 {
      case 0..<8: #expect(refusal == .notACheckpoint, "bit \(bit)")
      case 8..<12: #expect(refusal == .otherVersion(1 ^ 1 << UInt32(bit - 64)), "bit \(bit)")
      default:
        guard case .damaged(from: 0, to: 60, _, _) = refusal else {
          Issue.record("bit \(bit): \(String(describing: refusal))")
          continue
        }
      }
    }
  }

  @Test("a file cut off anywhere is refused, and so is one with a byte more")
  func length() throws {
    let good = try CheckpointBytes(in: folder.path)
    let size = good.bytes.count
    for length in Array(stride(from: 0, to: size, by: 64)) + Array(1...64) + [size - 1] {
      var spoilt = good
      spoilt.bytes.removeSubrange(length...)
      let expected: CheckpointFileError =
        length == 0
        ? .notACheckpoint
        : .truncated(expected: length < 64 ? 64 : UInt64(size), found: UInt64(length))
      #expect(try spoilt.refusal() == expected, "cut at \(length)")
    }
    var longer = good
    longer.bytes.append(0)
    #expect(
      try longer.refusal() == .trailingBytes(expected: UInt64(size), found: UInt64(size) + 1))
  }

  @Test("random damage is refused", arguments: [UInt64(1)])
  func random(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let good = try CheckpointBytes(in: folder.path)
    for round in 0..<2000 {
      var spoilt = good
      let start = Int.random(in: 0..<good.bytes.count, using: &random)
      for _ in 0..<Int.random(in: 1...16, using: &random) {
        let place = min(start + Int.random(in: 0..<64, using: &random), good.bytes.count - 1)
        spoilt.bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
      guard spoilt.bytes != good.bytes else { continue }
      #expect(try spoilt.refusal() != nil, "seed \(seed), round \(round)")
    }
  }

  /// Checksums keep out accidents, not everything: no bytes may trap.
  @Test(
    "random bytes with right checksums are refused or read, never a trap", arguments: [UInt64(2)])
  func sealed(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let good = try CheckpointBytes(in: folder.path)
    let edges: [UInt64] = [0, 1, 63, 64, 4095, 4096, 1 << 28, 1 << 31, 1 << 46, 1 << 63, .max]
    var refused = 0
    for _ in 0..<2000 {
      var spoilt = good
      let place = Int.random(in: 8..<CheckpointBytes.runs + 40, using: &random)
      if Bool.random(using: &random), let edge = edges.randomElement(using: &random) {
        spoilt.set(place, edge)
      } else {
        spoilt.bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
      spoilt.seal()
      if try spoilt.refusal() != nil { refused += 1 }
    }
    #expect(refused > 1000)
  }

  private struct Spoilt: CustomTestStringConvertible {
    let testDescription: String
    let refusal: String
    let spoil: @Sendable (inout CheckpointBytes) -> Void

    init(
      _ description: String, _ refusal: String,
      _ spoil: @escaping @Sendable (inout CheckpointBytes) -> Void
    ) {
      testDescription = description
      self.refusal = refusal
      self.spoil = spoil
    }
  }

  private static let runs = CheckpointBytes.runs

  private static let spoilt: [Spoilt] = [
    Spoilt(
      "other version", "written by format version 9; this program reads 1"
    ) { $0.set(8, UInt32(9)) },
    Spoilt(
      "other architecture",
      "of a guest of architecture 183 (as in ELF); this program runs 62 (x86-64)"
    ) { $0.set(12, UInt32(183)) },
    Spoilt(
      "other pages", "made of pages of 16384 bytes; this program uses 4096"
    ) { $0.set(16, UInt32(16384)) },
    Spoilt("other header", "malformed at byte 20: a header of 65 bytes") { $0.set(20, UInt32(65)) },
    Spoilt("too many sections", "malformed at byte 24: 4097 sections, at most 4096") {
      $0.set(24, UInt32(4097))
    },
    Spoilt(
      "too many runs", "malformed at byte 28: 9 runs of pages, at most 8 fit into RAM"
    ) { $0.set(28, UInt32(9)) },
    Spoilt("more sections and runs than bytes", "malformed at byte 32: pages from byte 16781312") {
      $0.set(32, UInt64(16 << 20) + 4096)
    },
    Spoilt(
      "more pages than RAM", "malformed at byte 40: 12288 bytes of pages, more than RAM has"
    ) {
      $0.set(28, UInt32(1))
      $0.set(48, UInt64(8192))
    },
    Spoilt("more RAM than a machine has", "malformed at byte 48: RAM of 3489665024 bytes") {
      $0.set(48, UInt64(3328 << 20) + 4096)
    },
    Spoilt("no RAM", "malformed at byte 48: RAM of 0 bytes") { $0.set(48, UInt64(0)) },
    Spoilt("half a page of RAM", "malformed at byte 48: RAM of 2048 bytes") {
      $0.set(48, UInt64(2048))
    },
    Spoilt("pages within a page", "malformed at byte 32: pages from byte 4097") {
      $0.set(32, UInt64(4097))
    },
    Spoilt("pages behind the end", "malformed at byte 32: pages from byte 1048576") {
      $0.set(32, UInt64(1 << 20))
    },
    Spoilt("pages in the header", "malformed at byte 32: pages from byte 0") {
      $0.set(32, UInt64(0))
    },
    Spoilt(
      "section too long",
      "malformed at byte 80: section REGS 0 of 4017 bytes reaches beyond the sections' end"
    ) { $0.set(72, UInt64(4017)) },
    Spoilt(
      "section of all bytes there are",
      "malformed at byte 80: section REGS 0 of 18446744073709551615 bytes reaches beyond the "
        + "sections' end"
    ) { $0.set(72, UInt64.max) },
    Spoilt("two sections of a name", "malformed at byte 196: behind a second section REGS 0") {
      $0.set(184, UInt32(0))
    },
    Spoilt(
      "tag of odd characters",
      "malformed at byte 68: behind a tag that is not four printable characters"
    ) { $0.bytes[65] = 7 },
    Spoilt("section left out", "malformed at byte 196: something between the runs and the pages") {
      $0.set(24, UInt32(2))
      $0.set(28, UInt32(0))
    },
    Spoilt("empty run", "malformed at byte 231: behind a run of 0 pages from page 2, of 16") {
      $0.set(runs + 8, UInt64(0))
    },
    Spoilt("run outside RAM", "malformed at byte 247: behind a run of 8 pages from page 9, of 16") {
      $0.set(runs + 24, UInt64(8))
    },
    Spoilt(
      "run that wraps",
      "malformed at byte 247: behind a run of 18446744073709551615 pages from page 9, of 16"
    ) { $0.set(runs + 24, UInt64.max) },
    Spoilt(
      "overlapping runs", "malformed at byte 247: behind a run from page 3, after one up to 3"
    ) { $0.set(runs + 16, UInt64(3)) },
    Spoilt(
      "touching runs", "malformed at byte 247: behind a run from page 4, after one up to 3"
    ) { $0.set(runs + 16, UInt64(4)) },
    Spoilt("run left out", "malformed at byte 231: something between the runs and the pages") {
      $0.set(28, UInt32(1))
    },
    Spoilt(
      "more runs than there are",
      "malformed at byte 263: behind a run of 0 pages from page 0, of 16"
    ) { $0.set(28, UInt32(3)) },
    Spoilt(
      "longer run",
      "malformed at byte 4096: the runs have 16384 bytes, which are not what follows"
    ) { $0.set(runs + 8, UInt64(3)) },
    Spoilt("bytes in the gap", "malformed at byte 247: something between the runs and the pages") {
      $0.bytes[4095] = 1
    },
  ]

  @Test("what was written wrongly is refused, with the byte and the reason", arguments: spoilt)
  private func malformed(_ spoilt: Spoilt) throws {
    var bytes = try CheckpointBytes(in: folder.path)
    spoilt.spoil(&bytes)
    bytes.seal()
    #expect(try bytes.refusal()?.description == spoilt.refusal)
  }
}
