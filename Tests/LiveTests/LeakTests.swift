import Glibc
import KVM
import LinuxHost
import Testing

@testable import VMM

extension Live {
  /// Descriptors left behind, counted in a process of the test's own, where nobody else opens any.
  @Suite("Leaks", .requiresKVM, .timeLimit(.minutes(2)))
  struct LeakTests {
    @Test("no run leaves a descriptor behind, however it ends")
    func runs() async {
      await #expect(processExitsWith: .success) {
        try run("exit-code", .user)  // whatever the first run opens for good
        let before = openDescriptors()
        for controller in InterruptController.allCases {
          for guest in ["exit-code", "triple-fault", "bad-instruction"] {
            try run(guest, controller)
          }
        }
        precondition(openDescriptors() == before, "\(openDescriptors() - before) left")
      }
    }

    @Test("a boot that fails half way leaves none either")
    func failures() async {
      await #expect(processExitsWith: .success) {
        let before = openDescriptors()
        var configuration = MachineConfiguration()
        configuration.memorySize = 1 << 20
        let image = try BootImage(#require(BuiltInGuest.named("hello")).file)
        for _ in 0..<10 {
          #expect(throws: MachineError.self) {
            _ = try Machine(configuration, on: KVMSystem(), image: image)
          }
        }
        precondition(openDescriptors() == before, "\(openDescriptors() - before) left")
      }
    }

    @Test("handles close what they own")
    func handles() async {
      await #expect(processExitsWith: .success) {
        let before = openDescriptors()
        for _ in 0..<20 {
          let machine = try VirtualMachine(on: KVMSystem(), memory: GuestMemory(size: 4096))
          let vcpu = try machine.createVCPU(0)
          _ = try vcpu.registers()
        }
        precondition(openDescriptors() == before, "\(openDescriptors() - before) left")
      }
    }
  }
}

private func openDescriptors() -> Int { (0..<1024).filter { fcntl($0, F_GETFD) >= 0 }.count }

private func run(_ guest: String, _ controller: InterruptController) throws {
  var configuration = MachineConfiguration()
  configuration.cpus = 2
  configuration.interruptController = controller
  configuration.timeoutNanoseconds = 5_000_000_000
  configuration.console = .error
  configuration.readsInput = false
  let image = try BootImage(#require(BuiltInGuest.named(guest)).file)
  _ = try Machine(configuration, on: KVMSystem(), image: image).run()
}
