import Glibc
import KVM
import LinuxHost
import TestSupport
import Testing

@testable import Experiments
@testable import VMM

/// C programs out of cuts, compiled by the host's gcc and run on its KVM.
@Suite("Reproducers in C", .enabled("no gcc is here") { access("/usr/bin/gcc", X_OK) == 0 })
struct ReproducerTests {
  private static let everything =
    "get-\(TorturePart.letters(TorturePart.readingOrder)):set-\(TorturePart.letters(TorturePart.writingOrder))"

  private func program(_ cut: String, _ verdict: TortureVerdict) throws -> String {
    let torture = try TortureCase(cut)
    let image = try BootImage(try #require(BuiltInGuest.named("conserve")).file)
    let host = KernelUnderTest(release: "6.18", module: "kvm_pvm")
    return try #require(try Reproducer(torture, verdict, on: host, image: image)).text
  }

  /// The compiler's words, and the status and output of the program.
  private func run(_ text: String, isRun: Bool = true) throws -> (status: Int32, output: String) {
    let folder = TemporaryFolder()
    let file = folder.file("reproducer.c", Array(text.utf8))
    let flags = "-O1 -Wall -Wextra -Werror"
    let command = isRun ? "-o a.out && timeout 60 ./a.out" : "-c -o a.o"
    let result = shell("gcc \(flags) '\(file)' \(command) 2>&1")
    return (result.status, result.output)
  }

  private static let places = [
    "natural", "earlier", "nearly", "before", "get3", "outside", "set3", "later",
  ]

  @Test(
    "any cut becomes a program of fewer than 200 lines",
    arguments: TortureSubject.allCases.filter { !$0.isOwn })
  func size(_ subject: TortureSubject) throws {
    // A step, a new VM, all parts and a rest take most lines; and of verdicts these.
    let verdicts: [TortureVerdict] = [.late, subject.law == .clock ? .jumped : .lost, .differs]
    for (place, verdict) in Self.places.flatMap({ place in verdicts.map { (place, $0) } }) {
      let cut = "\(subject.rawValue):step9:\(place):rest100:\(Self.everything):new"
      let text = try program(cut, verdict)
      #expect(text.contains("; again: swvmm torture replay '\(subject.rawValue):step9:"))
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count - 1 <= Reproducer.linesMax, "\(cut), \(verdict.rawValue)")
    }
  }

  @Test(
    "a program compiles without a warning",
    arguments: Array(TortureSubject.allCases.filter { !$0.isOwn }.enumerated()))
  func warnings(_ number: Int, _ subject: TortureSubject) throws {
    // All verdicts, places and boundaries come up; all combinations would take minutes.
    for step in isThorough ? 0..<3 : number % 3..<number % 3 + 1 {
      let index = 3 * number + step
      let verdict = TortureVerdict.allCases[index % TortureVerdict.allCases.count]
      let place = Self.places[index % Self.places.count]
      let boundary = ["exit3", "step9", "halt1"][step]
      let cut =
        "\(subject.rawValue):\(boundary):\(place):"
        + (index % 2 == 0 ? "rest0:get-rsld:set-rsld:same" : "rest9:\(Self.everything):new")
      let result = try run(try program(cut, verdict), isRun: false)
      #expect(result.status == 0, "\(cut), \(verdict.rawValue): \(result.output)")
    }
  }

  @Test("what is not KVM's fault, or is damaged on purpose, becomes no program")
  func refusals() throws {
    let image = try BootImage(try #require(BuiltInGuest.named("conserve")).file)
    let flat = try BootImage([0xf4])
    let host = KernelUnderTest.current
    let plain = try TortureCase("apic-oneshot:exit3:natural:rest0:get-l:set-l:same")
    var planted = plain
    planted.cut.plant = .loseIRR
    var own = plain
    own.subject = .countCompare
    #expect(try Reproducer(planted, .lost, on: host, image: image) == nil)
    #expect(try Reproducer(own, .lost, on: host, image: image) == nil)
    #expect(try Reproducer(plain, .doubled, on: host, image: flat) == nil)
  }

  @Test(
    "a program shows its fault here, and none where there is none", .serialized,
    .enabled("/dev/kvm does not open for this user") { access("/dev/kvm", R_OK | W_OK) == 0 },
    arguments: [
      ("apic-oneshot:exit3:natural:rest0:get-l:set-l:same", .doubled, 1),
      ("pit-oneshot:exit3:natural:rest0:get-p:set-p:same", .doubled, 1),
      ("apic-periodic:exit2:before:rest0:get-l:set-l:same", .lost, 1),
      ("pit-oneshot:exit2:nearly:rest0:get-p:set-p:same", .late, 1),
      ("apic-deadline:exit2:later:rest0:get-srlD:set-srDl:new", .lost, 1),
      ("apic-deadline:exit2:later:rest0:get-srlD:set-srlD:new", .lost, 0),
      ("apic-oneshot:exit1:natural:rest0:get-l:set-l:same", .doubled, 0),
      ("apic-deadline:step12:later:rest100:\(everything):new", .lost, 0),
      // The new VM's clock is younger; and nothing in the same VM, where a page is written while it is read, too.
      ("kvmclock:exit4:natural:rest0:get-srm:set-srm:new", .jumped, 1),
      ("kvmclock:exit4:natural:rest0:get-c:set-c:same", .jumped, 0),
      ("kvmclock:step9:natural:rest0:get-c:set-c:same", .jumped, 0),
    ] as [(String, TortureVerdict, Int32)])
  func shows(_ cut: String, _ verdict: TortureVerdict, _ status: Int32) throws {
    let result = try run(try program(cut, verdict))
    #expect(result.status == status, "\(result.output)")
    #expect(result.output.contains("\ncut: ") && result.output.contains("observed "))
  }
}
