import CTestSupport
import Glibc
import LinuxHost
import TestSupport
import Testing

extension Live {
  /// What a run gives up once it is set up.
  @Suite("Confinement")
  struct ConfinementTests {
    enum Role: CaseIterable { case supervisor, supervisorWithFiles, vcpu, vcpuWithAdapters }

    struct Call: Sendable {
      let number: Int
      var arguments = (0, 0, 0)
      let name: String

      init(_ number: Int32, _ name: String, _ first: Int = 0, _ second: Int = 0, _ third: Int = 0) {
        (self.number, self.name, arguments) = (Int(number), name, (first, second, third))
      }
    }

    /// Makes a call in a child that confined itself first.
    private func result(of call: Call, by role: Role) -> (status: Int32, errors: String) {
      let prepare: @convention(c) () -> Int32 = {
        (try? Confinement(opensFiles: false).prepare()) == nil ? 1 : 0
      }
      let confine: @convention(c) () -> Int32 =
        switch role {
        case .supervisor:
          { (try? Confinement(opensFiles: false).confineSupervisor()) == nil ? 1 : 0 }
        case .supervisorWithFiles:
          { (try? Confinement(opensFiles: true).confineSupervisor()) == nil ? 1 : 0 }
        case .vcpu: { (try? Confinement(opensFiles: false).confineVCPU()) == nil ? 1 : 0 }
        case .vcpuWithAdapters:
          {
            var confinement = Confinement(opensFiles: false)
            // Beyond any process id that the kernel gives out.
            confinement.adapters = [0x7f00_0000, 0x7f00_0001]
            return (try? confinement.confineVCPU()) == nil ? 1 : 0
          }
        }
      var errors = [CChar](repeating: 0, count: 400)
      let status = test_call_in_child(
        prepare, confine, call.number, call.arguments.0, call.arguments.1, call.arguments.2,
        &errors, errors.count)
      let text = errors.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      return (
        status & 0x7f == 0 ? status >> 8 : -(status & 0x7f), String(decoding: text, as: UTF8.self)
      )
    }

    private static let createVM = 0xae01

    /// By x86-64's numbers; the addresses among the arguments are none.
    private static let forbidden: [Call] = [
      Call(59, "(execve)"), Call(56, "(clone)", 17), Call(57, "(fork)"), Call(435, "(clone3)"),
      Call(41, "(socket)", 2, 1), Call(101, "(ptrace)", 0), Call(157, "(prctl)", 1, 9),
      Call(2, "(open)"),
      Call(9, "(mmap)", 0, 4096, 7), Call(10, "(mprotect)", 0, 4096, 5), Call(62, "(kill)", 1),
      Call(234, "(tgkill)", 1, 1), Call(16, "(ioctl 0xae01)", -1, createVM),
      Call(16, "(ioctl 0x5412)", 0, 0x5412), Call(999, ""), Call(0x4000_0000, ""),
    ]

    @Test(
      "a call that no thread needs ends the process with a line and status 70",
      arguments: Role.allCases)
    func forbiddenCalls(_ role: Role) {
      for call in Self.forbidden {
        let result = result(of: call, by: role)
        let name = call.name.isEmpty ? "" : " " + call.name
        #expect(
          result.errors
            == "swvmm: denied: system call \(call.number)\(name), which a run gives up; "
            + "--confine off keeps all\n", "\(result)")
        #expect(result.status == 70, "\(call.name)")
      }
    }

    @Test("a call that is denied to a thread of a run ends the process with the line, too")
    func forbiddenCallOfThread() {
      let call: @convention(c) () -> Int32 = {
        do {
          let thread = try HostThread(named: "vcpu 0") {
            guard (try? Confinement(opensFiles: false).confineVCPU()) != nil else { return }
            _ = socket(2, 1, 0)
          }
          thread.join()
        } catch { return 2 }
        return 3
      }
      let prepare: @convention(c) () -> Int32 = {
        (try? Confinement(opensFiles: false).prepare()) == nil ? 1 : 0
      }
      var errors = [CChar](repeating: 0, count: 400)
      let status = test_call_in_child(prepare, call, 39, 0, 0, 0, &errors, errors.count)
      let text = errors.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      #expect(
        String(decoding: text, as: UTF8.self)
          == "swvmm: denied: system call 41 (socket), which a run gives up; --confine off keeps all\n"
      )
      #expect(status == 70 << 8)
    }

    @Test("of all other processes only the adapters and their groups may be ended")
    func adapters() {
      for (process, isAllowed) in [
        (0x7f00_0000, true), (0x7f00_0001, true), (-0x7f00_0000, true), (-0x7f00_0001, true),
        (0x7f00_0002, false), (-0x7f00_0002, false), (1, false), (-1, false), (0, false),
        (Int(Int32.min), false),
      ] {
        let call = Call(62, "(kill)", process)
        let expected: Int32 = isAllowed ? 0 : 70
        #expect(result(of: call, by: .vcpuWithAdapters).status == expected, "\(process)")
        #expect(result(of: call, by: .vcpu).status == 70, "\(process)")
      }
    }

    @Test("a thread's heap that shrinks asks for nothing that was given up", .requiresKVM)
    func heap() {
      // Large pages make any heap one that shrinks, where the C library takes this variable.
      let result = shell(
        "GLIBC_TUNABLES=glibc.malloc.hugetlb=2 \"$SWVMM\" run smp-gtick --cpus 8 -- 20")
      #expect(result.status == 0, "\(result)")
    }

    @Test("each kind of thread keeps what it needs, and no more")
    func roles() {
      let run = Call(16, "KVM_RUN", -1, 0xae80)
      let getLAPIC = Call(16, "KVM_GET_LAPIC", -1, 0x8400_ae8e)
      let getXCRS = Call(16, "KVM_GET_XCRS", -1, 0x8188_aea6)
      let open = Call(257, "openat", -1)
      let wait = Call(232, "epoll_wait", -1)
      let allowed: [Role: [Call]] = [
        .supervisor: [wait, getLAPIC],
        // It has a vCPU settled before it is read, for which KVM_RUN is needed.
        .supervisorWithFiles: [wait, open, run, getLAPIC, getXCRS],
        .vcpu: [run],
        .vcpuWithAdapters: [run],
      ]
      for role in Role.allCases {
        for call in [run, getLAPIC, getXCRS, open, wait] {
          let isAllowed = allowed[role]?.contains { $0.name == call.name } ?? false
          #expect(
            result(of: call, by: role).status == (isAllowed ? 0 : 70), "\(call.name) by \(role)")
        }
        // Memory without code, and this process's own end.
        #expect(result(of: Call(9, "mmap", 0, 4096, 3), by: role).status == 0)
        #expect(result(of: Call(231, "exit_group", 5), by: role).status == 5)
      }
    }

    @Test(
      "every thread of a run is confined, unless told otherwise", .requiresKVM,
      arguments: ["", "--confine on", "--confine off", "--clock virtual", "--irqchip kernel"])
    func threads(_ options: String) throws {
      let words = options.split(separator: " ").map(String.init)
      let child = try Child(["run", "spin", "--cpus", "2"] + words)
      #expect(child.readLine() == "spinning\n")
      // The supervising thread confines itself while the guest starts.
      let expected = options == "--confine off" ? "0 0\n" : "1 2\n"
      let script = """
        for i in $(seq 100); do
          cat /proc/\(child.process)/task/*/status |
            awk '/^NoNewPrivs/ { n = $2 } /^Seccomp:/ { print n, $2 }' >all
          [ "$(sort -u all)" = "\(expected.dropLast())" ] && break
          sleep 0.02
        done
        sort -u all
        """
      #expect(shell(script).output == expected)
      child.send(SIGTERM)
      #expect(child.wait() == 128 + SIGTERM)
    }
  }
}
