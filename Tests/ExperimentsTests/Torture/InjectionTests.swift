import Glibc
import JSON
import KVM
import TestSupport
import Testing

@testable import Experiments
@testable import VMM

/// Guests on KVM, into which an interrupt is raised instruction by instruction.
@Suite(
  "Interrupts at every boundary", .serialized,
  .enabled("/dev/kvm does not open for this user") { access("/dev/kvm", R_OK | W_OK) == 0 })
struct InjectionTests {
  /// Whether the processor forgets when it enters a guest that an interrupt is held back, as QEMU's emulated one of
  /// AMD's does: what is raised between STI and CLI is taken there.
  private func losesShadows() throws -> Bool {
    let isLost = try row("never_opened+0x1", inject(.line(4), into: "windows")).delivery == .here
    #expect(!isLost || getenv("SWVMM_EMULATED") != nil, "a processor that is not emulated")
    return isLost
  }

  private func inject(
    _ interrupt: InjectedInterrupt, into guest: String
  ) throws -> (result: InjectionResult, names: [UInt64: String]) {
    let image = try BootImage(try #require(BuiltInGuest.named(guest)).file)
    var injection = Injection(image, interrupt)
    injection.repetitionsMax = 1000
    if guest == "spin" { injection.runMax = 20_000_000 }
    let result = try injection.run(on: KVMSystem())
    return (result, try result.names(in: SymbolFile(image)))
  }

  /// The rows at a name, plus an offset, before anything was raised.
  private func row(
    _ place: String, _ run: (result: InjectionResult, names: [UInt64: String])
  ) throws -> InjectionRow {
    try #require(
      run.result.rows.first {
        run.names[$0.address] == place && $0.raised == 0
      })
  }

  @Test(
    "an interrupt is taken once wherever it comes, and at once only where the guest is open to it")
  func windows() throws {
    let losesShadows = try losesShadows()
    let run = try inject(.line(4), into: "windows")
    #expect(run.result.isComplete)
    #expect(run.result.raises == 1)
    #expect(run.result.reference.end == .exited(code: 1))
    let faulty = run.result.faults.keys.map { run.result.rows[$0].address }
      .filter { run.names[$0] != "halt+0x1" || !losesShadows }
    #expect(faulty.isEmpty, "\(InjectionListing(run.result, run.names).text)")
    for place in ["opened_by_sti+0x2", "opened_by_popf+0x9", "mov_ss_when_open+0xa", "halt+0x2"] {
      #expect(try row(place, run).delivery == .here, "\(place)")
    }
    for (place, hold): (String, InjectionRow.Hold) in [
      ("closed+0x1", .off), ("opened_by_sti+0x1", .afterSTI), ("never_opened+0x1", .afterSTI),
      ("never_opened+0x2", .off), ("mov_ss_when_open+0x9", .afterMovSS), ("halt+0x1", .afterSTI),
    ] {
      #expect(try row(place, run).hold == hold, "\(place)")
      if hold == .off || !losesShadows {
        #expect(try row(place, run).delivery != .here, "\(place)")
      }
    }
    #expect(try row("halt+0x2", run).isHalted)
    // An STI with a CLI behind it opens nothing.
    let closed = try row("never_opened+0x2", run)
    #expect(run.result.rows.allSatisfy { !$0.outcome.taken.contains(closed.address) })
    // The handler is walked through, too, with the interrupt on its way that the halt waited for.
    #expect(run.result.rows.contains { $0.raised == 1 && $0.hold == .off })
    #expect(run.result.rows.first?.hold == .closed)
  }

  @Test("a guest that looks and then halts is found where an NMI in between leaves it halted")
  func lostWakeUp() throws {
    let run = try inject(.nmi, into: "windows")
    let places = run.result.faults.keys.map { run.result.rows[$0] }
    let names = Set(places.compactMap { run.names[$0.address] })
    // Whether STI holds back an NMI is the processor's to say.
    #expect(names.subtracting(["halt+0x1"]) == ["wait+0x7", "halt"])
    #expect(places.allSatisfy { if case .halted = $0.outcome.end { true } else { false } })
    if try !losesShadows() {
      #expect(try row("mov_ss_when_open+0x9", run).delivery != .here)
    }
  }

  @Test("a guest that takes a level, one that never ends, and one that faults come to an end here")
  func others() throws {
    let level = try inject(.line(7), into: "nmi-wake").result
    #expect(level.reference.end == .exited(code: 0))
    let spin = try inject(.nmi, into: "spin").result
    #expect(spin.reference.end == .endless)
    #expect(spin.rows.last?.visit == 2)
    #expect(!spin.isComplete)
    #expect(try inject(.nmi, into: "triple-fault").result.reference.end == .reset)
    #expect(try inject(.line(4), into: "dead-halt").result.raises == 1)
  }

  @Test("a flat guest in real mode has its interrupt by the PIC")
  func realMode() throws {
    // lidt is not needed: IVT[0x24] := handler; PIC 1 at 0x20, all but line 4 masked; sti; hlt; exit with BL.
    let code: [UInt8] = [
      0xc7, 0x06, 0x90, 0x00, 0x00, 0x7d,  // movw $0x7d00, 0x90
      0xb0, 0x11, 0xe6, 0x20, 0xb0, 0x20, 0xe6, 0x21, 0xb0, 0x04, 0xe6, 0x21,  // ICW1 to ICW3
      0xb0, 0x01, 0xe6, 0x21, 0xb0, 0xef, 0xe6, 0x21,  // ICW4, mask
      0x31, 0xdb, 0xfb, 0xf4, 0xfa,  // xor %bx,%bx; sti; hlt; cli
      0x88, 0xd8, 0xe6, 0xf4, 0xf4,  // mov %bl,%al; out %al,$0xf4; hlt
    ]
    let handler: [UInt8] = [0x43, 0xb0, 0x20, 0xe6, 0x20, 0xcf]  // inc %bx; EOI; iret
    let image = try BootImage(
      code + Array(repeating: 0x90, count: 0x100 - code.count) + handler, forcing: .real)
    let result = try Injection(image, .line(4)).run(on: KVMSystem())
    #expect(result.isComplete)
    #expect(result.reference.end == .exited(code: 1))
    #expect(result.reference.taken == [0x7c00 + 30])
    // A HLT that begins with the interrupt taken, and the shadow of STI lost, ends for good.
    let halt: UInt64 = 0x7c00 + 29
    let lost = try losesShadows() ? [halt] : []
    #expect(
      result.faults.keys.map { result.rows[$0].address } == lost,
      "\(InjectionListing(result, [:]).text)")
  }
}
