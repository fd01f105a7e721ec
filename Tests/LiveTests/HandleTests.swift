import CKVM
import CTestSupport
import Glibc
import KVM
import LinuxHost
import TestSupport
import Testing

extension Live {
  /// The handles on /dev/kvm.
  @Suite("KVM handles")
  struct HandleTests {
    private func failure(path: String) -> String {
      do {
        _ = try KVMSystem(path: path)
        return "opened"
      } catch { return "\(error)" }
    }

    @Test("a device that is not there, or is something else, is unavailable, with a remedy")
    func unavailable() {
      #expect(
        failure(path: "/dev/no-kvm").hasPrefix(
          "KVM is unavailable: /dev/no-kvm: No such file or directory (ENOENT): load the module"))
      #expect(
        failure(path: "/dev/null")
          == "KVM is unavailable: /dev/null does not answer KVM_GET_API_VERSION: "
          + "this program speaks version 12, as every kernel since 2.6.22 does")
    }

    @Test("a device for which the system is short of something is not unavailable")
    func shortage() {
      // The other end of a terminal that is not unlocked yet.
      let terminal = Glibc.open("/dev/ptmx", O_RDWR | O_NOCTTY)
      defer { close(terminal) }
      var number: UInt32 = 0
      #expect(ioctl(terminal, 0x8004_5430, &number) == 0)  // TIOCGPTN
      let path = "/dev/pts/\(number)"
      #expect(failure(path: path).hasPrefix("open of \(path): Input/output error (EIO)"))
    }

    @Test("a device closed to the user is unavailable, with the group to join")
    func permission() throws {
      // Root opens anything, so the test gives up root for this thread's file accesses alone.
      let folder = TemporaryFolder()
      let file = folder.file("kvm", [])
      chmod(folder.path, 0o755)
      chmod(file, 0)
      if geteuid() == 0 { test_access_files_as(65534) }
      defer { if geteuid() == 0 { test_access_files_as(0) } }
      #expect(
        failure(path: file).hasPrefix(
          "KVM is unavailable: \(file): Permission denied (EACCES): open it to yourself"))
    }

    @Test("a request that KVM refuses is named with its errno", .requiresKVM)
    func refusedRequest() throws {
      let machine = try VirtualMachine(on: KVMSystem(), memory: GuestMemory(size: 4096))
      _ = try machine.createVCPU(0)
      do {
        _ = try machine.createVCPU(0)
        Issue.record("a second vCPU 0")
      } catch {
        #expect("\(error)" == "KVM_CREATE_VCPU of vCPU 0: File exists (EEXIST)")
      }
    }

    @Test("registers read back as they were set", .requiresKVM)
    func registers() throws {
      let machine = try VirtualMachine(on: KVMSystem(), memory: GuestMemory(size: 4096))
      let vcpu = try machine.createVCPU(0)
      var registers = try vcpu.registers()
      registers.rax = 0x0123_4567_89ab_cdef
      registers.rip = 0x1234
      try vcpu.setRegisters(registers)
      let read = try vcpu.registers()
      #expect(read.rax == registers.rax && read.rip == 0x1234)
      #expect(try vcpu.modelSpecificRegister(0xffff_fff0) == nil)
    }
  }
}
