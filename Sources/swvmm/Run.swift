public import ArgumentParser
public import VMM

/// `swvmm run`: boots a guest.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Boot a guest and exit with its code.",
    discussion: """
      The guest's serial port is standard input and output; Ctrl-C ends the run. IMAGE is a file or a \
      pipe of at most 64 MiB; a device is refused. With --checkpoint-on the machine is saved to a file, \
      which `swvmm restore` continues from; IMAGE must precede --checkpoint-on.

      Exit status: 0-63 the guest's own code (a greater one is printed and gives 63), 0 for a checkpoint \
      that ended the run; 64 usage, \
      65 bad image, or an adapter (--device) that fell short, 66 no such image, 69 KVM unavailable, 70 a fault of swvmm itself, or a denied system \
      call, 71 an error of the operating system, or a checkpoint that could not be written; 100 reset or \
      triple fault, 101 dead guest (halted, and no event can wake it), 102 an instruction that KVM could \
      not emulate; 124 timeout; 128 + n signal n.
      """)

  @Argument(help: "A built-in guest's name (see `swvmm images`) or an image file.")
  var image: String

  @Argument(parsing: .postTerminator, help: "After --: the guest's command line.")
  var arguments: [String] = []

  @Option(help: "vCPUs, 1 to \(MachineConfiguration.cpusMax).")
  var cpus = RunRequest.defaults.cpus

  @Option(help: "RAM: bytes, or with K, M or G (1024 each); from 1M to 3328M.")
  var memory = RunRequest.defaults.memory

  @Option(
    help: "The interrupt controllers: user (none), kernel, or split (local APICs in the kernel).")
  var irqchip = RunRequest.defaults.irqchip

  @Option(
    help: """
      host, or virtual: every exit costs a fixed time and a halt lasts until the next alarm, so that \
      two runs are identical; needs --irqchip user; standard input is not read.
      """)
  var clock = RunRequest.defaults.clock

  @Option(help: "With --clock virtual: the cost of an exit, in nanoseconds.")
  var exitCost = RunRequest.defaults.exitCost

  @Option(
    help: "How to enter the guest: pvh, long, multiboot, real or linux; otherwise the file decides."
  )
  var boot: BootProtocol?

  @Option(
    help: ArgumentHelp(
      """
      With Multiboot: a file that the guest finds in its memory; may be repeated, up to \
      \(BootModule.countMax) times.
      """, valueName: "file"),
    completion: .file())
  var module: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      """
      Show (+) or hide (-) a feature of the processor, such as -x2apic; may be repeated, and the last one \
      counts. By default CPUID shows all that KVM offers.
      """, valueName: "[+-]name"),
    transform: FeatureChange.init)
  var cpuFeature: [FeatureChange] = []

  @Flag(
    help: """
      Add the device that tests of hypervisors expect: bytes that are kept at port 0xe0 and at 0xff000000, a \
      page to drop at port 0xe4, and interrupt lines at port 0x2000.
      """)
  var testDevice = false

  @Option(
    help: "A Linux guest's initial RAM disk, a file or a pipe.", completion: .file())
  var initrd: String?

  @Option(
    help: ArgumentHelp(
      """
      Write the TSCs before the start as another VMM does: qemu-2.0, or a file with a sequence (swvmm tsc). \
      Implies --explain-tsc.
      """, valueName: "sequence"), completion: .file())
  var tscWrites: String?
  @Option(help: "Put a historic bug into the devices (see `swvmm regress --list`).")
  var bug: String?

  @Option(
    help: """
      Put a device of your own in the place of ours: the command line of its adapter (swvmm device). Each \
      vCPU's timer has a process of its own.
      """)
  var device: String?

  @OptionGroup var waitingOptions: WaitingOptions

  @OptionGroup var options: WatchOptions

  func run() throws {
    var request = RunRequest(image: image)
    request.arguments = arguments
    request.cpus = cpus
    request.memory = memory
    request.irqchip = irqchip
    request.clock = clock
    request.exitCost = exitCost
    request.boot = boot
    request.ramDisk = initrd
    request.tscWrites = tscWrites
    request.modules = module
    request.featureChanges = cpuFeature
    request.hasTestDevice = testDevice
    request.bug = bug
    request.device = device
    request.waiting = try waitingOptions.waiting()
    request.watch = try options.watch()
    try request.execute()
  }
}

/// A size of RAM as people write it.
struct MemorySize: ExpressibleByArgument, CustomStringConvertible {
  let bytes: Int

  init(bytes: Int) { self.bytes = bytes }

  init?(argument: String) {
    let shifts: [Character: Int] = ["K": 10, "k": 10, "M": 20, "m": 20, "G": 30, "g": 30]
    let shift = argument.last.flatMap { shifts[$0] }
    let digits = shift == nil ? argument : String(argument.dropLast())
    guard let number = UInt32(digits) else { return nil }
    // 32 bits shifted by at most 30: no overflow.
    bytes = Int(number) << (shift ?? 0)
  }

  var description: String { bytes % (1 << 20) == 0 ? "\(bytes >> 20)M" : "\(bytes)" }
  var defaultValueDescription: String { description }
}

/// What `--clock` takes.
enum Clock: String, CaseIterable, ExpressibleByArgument {
  case host, virtual
}

extension IRQChip: ExpressibleByArgument {}
extension BootProtocol: ExpressibleByArgument {}
