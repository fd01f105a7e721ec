import Glibc
import KVM
import LinuxHost
import Testing

@testable import VMM

/// Descriptors left behind, counted in a separate process.
///
/// The test library opens some there, too, at times that are not known. So each case is repeated:
/// what leaks once a time has leaked as often as that.
extension Live {
  @Suite("Leaks", .requiresKVM, .timeLimit(.minutes(2)))
  struct LeakTests {
    @Test("no run leaves a descriptor behind, however it ends")
    func runs() async {
      await #expect(processExitsWith: .success) {
        try expectNoLeak {
          for controller in IRQChip.allCases {
            for guest in ["exit-code", "triple-fault"] { try run(guest, controller) }
          }
        }
      }
    }

    @Test("a boot that fails half way leaves none either")
    func failures() async {
      await #expect(processExitsWith: .success) {
        var configuration = MachineConfiguration()
        configuration.memorySize = 1 << 20
        let image = try BootImage(#require(BuiltInGuest.named("hello")).file)
        try expectNoLeak {
          #expect(throws: MachineError.self) {
            _ = try Machine(configuration, on: KVMSystem(), image: image)
          }
        }
      }
    }

    @Test("handles close what they own")
    func handles() async {
      await #expect(processExitsWith: .success) {
        try expectNoLeak {
          let machine = try VirtualMachine(on: KVMSystem(), memory: GuestMemory(size: 4096))
          let vcpu = try machine.createVCPU(0)
          _ = try vcpu.registers()
        }
      }
    }
  }
}

private func expectNoLeak(_ body: () throws -> Void) throws {
  let repetitions = 20
  let before = openDescriptors()
  for _ in 0..<repetitions { try body() }
  let left = openDescriptors() - before
  precondition(left < repetitions, "\(left) descriptors left by \(repetitions) repetitions")
}

private func openDescriptors() -> Int { (0..<1024).filter { fcntl($0, F_GETFD) >= 0 }.count }

private func run(_ guest: String, _ controller: IRQChip) throws {
  var configuration = MachineConfiguration()
  configuration.cpus = 2
  configuration.irqchip = controller
  configuration.timeoutNanoseconds = 5_000_000_000
  configuration.console = .error
  configuration.readsInput = false
  let image = try BootImage(#require(BuiltInGuest.named(guest)).file)
  _ = try Machine(configuration, on: KVMSystem(), image: image).run()
}
