public import ArgumentParser
import BugMuseum
import KVM
public import VMM

/// `swvmm run`: boots a guest.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Boot a guest and exit with its code.",
    discussion: """
      The guest's serial port is standard input and output; Ctrl-C ends the run. IMAGE is a file or a \
      pipe of at most 64 MiB; a device is refused. With --checkpoint-on the machine is saved to a file, \
      which `swvmm restore` continues from. With --json the guest's output goes to \
      standard error.

      Exit status: 0-63 the guest's own code (a greater one is printed and gives 63), 0 for a checkpoint \
      that ended the run; 64 usage, \
      65 bad image, or an adapter (--device) that fell short, 66 no such image, 69 KVM unavailable, 70 a fault of swvmm itself, or a denied system \
      call, 71 an error of the operating system, or a checkpoint that could not be written; 100 reset or \
      triple fault, 101 dead guest (halted, and no event can wake it), 102 an instruction that KVM could \
      not emulate; 124 timeout; 128 + n signal n.
      """)

  @Argument(
    help: "A built-in guest's name (see `swvmm images`), an image file, or - for standard input.",
    completion: .shellCommand(CompletionScript.images))
  var image: String

  @Argument(parsing: .postTerminator, help: "After --: the guest's command line.")
  var arguments: [String] = []

  @Option(help: "vCPUs, 1 to \(MachineConfiguration.cpusMax).")
  var cpus = RunRequest.defaults.cpus

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "RAM, from 1M to 3328M; a number alone is of bytes. (default: \(RunRequest.defaults.memory))",
      valueName: "size"),
    transform: MemorySize.parse)
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

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With --clock virtual: the cost of an exit; a number alone is of nanoseconds. (default: 1us)",
      valueName: "time"),
    transform: TimeSpan.parser(in: "ns", 1...1_000_000_000))
  var exitCost: TimeSpan?

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
      """, valueName: "[+-]name"), completion: .list(ProcessorFeature.all.map(\.name)),
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
  @Option(
    help: "Put a historic bug into the devices (see `swvmm bugs`).",
    completion: .custom { _, _, _ in Museum.exhibits.map(\.id) })
  var bug: String?

  @Option(
    help: """
      Put a device of your own in the place of ours: the command line of its adapter (swvmm device). Each \
      vCPU's timer has its own process.
      """, completion: .file())
  var device: String?

  @OptionGroup var waitingOptions: WaitingOptions

  @OptionGroup var options: WatchOptions

  func run() throws { try request().execute() }

  /// What the options ask for.
  func request() throws -> RunRequest {
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
    request.waiting = waitingOptions.request
    let files = [BuiltInGuest.named(image) == nil ? image : nil, initrd].compactMap { $0 } + module
    request.watch = try options.watch(reading: files)
    return request
  }
}

/// What `--clock` takes.
enum Clock: String, CaseIterable, ExpressibleByArgument {
  case host, virtual
}

extension IRQChip: ExpressibleByArgument {}
extension BootProtocol: ExpressibleByArgument {}
