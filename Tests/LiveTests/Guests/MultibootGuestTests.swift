import TestSupport
import Testing

@testable import VMM

extension LiveUntimed {
  /// The guest that speaks Multiboot and asks for the test device, and what the command gives it.
  @Suite("Multiboot on KVM", .requiresKVM, .timeLimit(.minutes(5)))
  struct MultibootGuestTests {
    @Test("it finds all that it is told, and the test device does what it asks for")
    func all() {
      let result = shell(
        """
        printf 'NR_CPUS=1\n' >environment
        $SWVMM run multiboot --irqchip kernel --test-device --module environment -- x 'y z'
        """)
      #expect(result.errors == "")
      #expect(result.status == 0, "\(result.output)")
      #expect(result.output.contains("command line: multiboot x y z\r\n"))
      #expect(result.output.contains("NR_CPUS=1\n"))
      #expect(result.output.hasSuffix("SUMMARY: 9 tests\r\n"))
    }

    @Test(
      "cut at any exit and continued, it finds the same, test device and its lines included",
      arguments: ["kernel", "split"])
    func cut(irqchip: String) {
      let result = shell(
        """
        run() { $SWVMM run multiboot --irqchip \(irqchip) --test-device "$@"; }
        run >whole; whole=$?
        for exit in \(isThorough ? "$(seq 600)" : "1 100 $(seq 290 8 600)"); do
          run --checkpoint-on exit=$exit saved >parts 2>errors
          [ -f saved ] || break
          $SWVMM restore saved >>parts; status=$?
          cmp whole parts && [ $status = $whole ] || { echo exit $exit status $status; cat parts; exit 1; }
          rm saved; last=$exit
        done
        echo last cut at $last
        """)
      #expect(result.status == 0, "\(result.output)\(result.errors)")
      #expect(result.output.contains("last cut at 3"))
    }

    @Test("exported, it is recognised, or forced; its name is one word")
    func exported() {
      let result = shell(
        """
        $SWVMM images export multiboot 'a b' &&
        $SWVMM run './a b' --irqchip kernel --test-device &&
        $SWVMM run './a b' --irqchip kernel --test-device --boot multiboot >/dev/null; s=$?
        rm 'a b'; exit $s
        """)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("command line: a_b\r\n"))
    }

    @Test("without the test device nothing answers")
    func withoutTestDevice() {
      let result = shell("$SWVMM run multiboot --irqchip kernel")
      #expect(result.status == 1)
      #expect(result.output.contains("FAIL: the port keeps bytes\r\n"))
      #expect(result.output.contains("FAIL: the device's memory keeps bytes\r\n"))
      #expect(result.output.contains("FAIL: a line rises\r\n"))
      #expect(result.errors.contains("without a device, the first to port 0xe0"))
    }

    @Test("modules that cannot be had are named, with the status that says so")
    func modules() {
      let missing = shell("$SWVMM run multiboot --module nowhere")
      #expect(missing.status == 66 && missing.hasOneLineOfComplaint, "\(missing.errors)")
      let folder = shell("$SWVMM run multiboot --module .")
      #expect(folder.isRefusal(saying: "directory"), "\(folder.errors)")
      #expect(shell("$SWVMM run hello --module /dev/null").status != 0)
      let other = shell("echo >f; $SWVMM run hello --module f")
      #expect(other.isRefusal(saying: "modules need the Multiboot protocol"), "\(other.errors)")
      let large = shell("truncate -s 1099511627776 f; $SWVMM run multiboot --module f")
      #expect(large.isRefusal(saying: "module 1 does not fit"), "\(large.errors)")
      let many = shell(
        "echo >f; $SWVMM run multiboot $(yes ' --module f' | head -n 65535 | tr -d '\\n')")
      #expect(many.isRefusal(saying: "65535 modules, at most 256"), "\(many.errors)")
      let most = shell(
        """
        ulimit -n 1024; echo >f
        $SWVMM run multiboot --irqchip kernel --test-device \
          $(yes ' --module f' | head -n 256 | tr -d '\\n')
        """)
      #expect(most.status == 0, "\(most.errors)")
      let pipe = shell(
        """
        mkfifo p; echo through a pipe >p &
        $SWVMM run multiboot --irqchip kernel --test-device --module p
        """)
      #expect(pipe.output.contains("through a pipe\n"), "\(pipe.errors)")
    }
  }
}
