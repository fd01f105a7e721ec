import KVM
import TestSupport
import Testing

@testable import VMM

extension Live {
  /// `--tsc-writes`.
  @Suite("TSC writes before the start", .requiresKVM)
  struct TSCWriteTests {
    @Test("QEMU 2.0's writes are made, explained, and compared with the kernels before the repair")
    func sequence() throws {
      let result = shell("$SWVMM run hello --cpus 2 --tsc-writes qemu-2.0")
      #expect(result.status == 0 && result.output == "hello from a guest of swvmm\n")
      let lines = result.errors.split(separator: "\n").map(String.init)
      #expect(
        lines.first == "tsc: qemu-2.0 on Linux 3.8 to 3.15: kvmclock is unstable: "
          + "a vCPU was counted twice: 5 + 1 matched of 2")
      let writes = lines.filter { $0.hasPrefix("tsc: sequence: vCPU ") }
      #expect(writes.count == 4)
      #expect(writes.allSatisfy { $0.contains("matched (a written 0 always synchronises)") })
      #expect(writes.allSatisfy { $0.contains("1 + 1 of 2 matched") })
      #expect(lines.last?.hasPrefix("tsc: a master clock is possible") == true)
      if try HostProbe(KVMSystem()).tscWrites == .found(.honoured) {
        #expect(writes.allSatisfy { $0.hasSuffix("KVM agrees") })
      }
    }

    @Test("a sequence that a run cannot follow is refused in a line")
    func refusals() {
      func file(_ operations: String) -> String {
        #"{"kilohertz": 1000, "operations": [\#(operations)]}"#
      }
      for (contents, status, text) in [
        (#"{"op": "write", "vcpu": 2, "value": 0}"#, 64, "vCPU 2, and --cpus is 2"),
        (#"{"op": "write", "vcpu": 18446744073709551615, "value": 0}"#, 65, "needs a vcpu"),
        (
          #"{"op": "guest-write", "vcpu": 0, "value": 0}"#, 65,
          "operation 1 is not a write by the host"
        ),
        (#"{"op": "write", "vcpu": 0, "value": 0, "after": 1000000001}"#, 65, "within a second"),
        (
          Array(repeating: #"{"op": "enter", "vcpu": 0}"#, count: 1001).joined(separator: ","), 65,
          "more than 1000 operations"
        ),
        ("x", 65, "column"),
      ] {
        let folder = TemporaryFolder()
        let path = folder.file("sequence", Array(file(contents).utf8))
        let result = shell("$SWVMM run hello --cpus 2 --tsc-writes '\(path)'")
        #expect(result.status == status && result.output == "", "\(contents.prefix(80))")
        #expect(result.hasOneLineOfComplaint && result.errors.contains(text), "\(result.errors)")
      }
      #expect(shell("$SWVMM run hello --tsc-writes none").status == 66)
      #expect(shell("$SWVMM run hello --tsc-writes qemu-2.0").status == 64)
    }
  }
}
