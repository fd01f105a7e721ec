import TestSupport
import Testing

/// A device that knows nothing of this program: QEMU's own GICv2.
@Suite(
  "QEMU's GICv2 behind an adapter", .timeLimit(.minutes(3)),
  .enabled(if: AdapterProgram.hasQEMU, "there is no qemu-system-arm or Python"))
struct StrangerTests {
  @Test("it keeps the contract, as far as a device that cannot be saved does")
  func contract() {
    let result = shell("$SWVMM device check \"\(AdapterProgram.qemuController)\"")
    #expect(result.status == 0 && !result.output.contains("broken"), "\(result.errors)")
    #expect(result.output.contains("QEMU's GICv2: gic, 1 CPU, "))
  }

  @Test("it passes the conformance scripts for Arm, with our timer")
  func conformance() {
    let result = shell(
      "$SWVMM conform --model arm --device \"\(AdapterProgram.qemuController)\" '\(corpus)'")
    #expect(result.status == 0 && result.output.contains("72 of 72"), "\(result.output)")
  }

  @Test("a hundred thousand random operations make no difference between it and our model")
  func duel() {
    let result = shell(
      "$SWVMM device duel \"\(AdapterProgram.qemuController)\" --operations 100000 --seed 7")
    #expect(result.status == 0 && result.output.contains("no difference"), "\(result.output)")
  }

  private var corpus: String {
    let parts = #filePath.split(separator: "/").dropLast(2)
    return "/" + parts.joined(separator: "/") + "/ConformanceTests/Corpora/arm.json"
  }
}
