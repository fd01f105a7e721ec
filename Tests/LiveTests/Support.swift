import Glibc
import KVM
import Testing

@testable import VMM

extension Trait where Self == ConditionTrait {
  /// For tests that boot guests: they run where `/dev/kvm` opens.
  static var requiresKVM: Self {
    enabled("/dev/kvm does not open for this user") { access("/dev/kvm", R_OK | W_OK) == 0 }
  }
}

/// The tests that boot guests or run the command, one after the other: two cores are no place for
/// more.
@Suite("Live", .serialized)
struct Live {}

/// A command run by the shell, with what it left behind.
struct CommandResult {
  let status: Int32
  let output: String
  let errors: String

  /// Whether standard error is a single line of this program's.
  var hasOneLineOfComplaint: Bool {
    errors.hasPrefix("swvmm: ") && errors.hasSuffix("\n")
      && errors.filter { $0 == "\n" }.count == 1
  }
}

/// Whether this host's processor is emulated, and every start of the command takes seconds.
///
/// `SWVMM_EMULATED` in the environment says so. What is done again and again is done less often there.
let isEmulated = getenv("SWVMM_EMULATED") != nil

/// Whether what is repeated is repeated in full: `SWVMM_THOROUGH` in the environment says so.
let isThorough = !isEmulated && getenv("SWVMM_THOROUGH") != nil

/// As often as said where the run is thorough, else a tenth of it, and a 25th where the processor is
/// emulated; at least once.
func repetitions(_ count: Int) -> Int {
  max(1, isThorough ? count : count / (isEmulated ? 25 : 10))
}

/// The built command, beside this test program.
let swvmm: String = {
  var path = [CChar](repeating: 0, count: 4096)
  let length = readlink("/proc/self/exe", &path, path.count - 1)
  precondition(length > 0, "/proc/self/exe")
  let bytes = path[..<length].map { UInt8(bitPattern: $0) }
  let folder = bytes[..<(bytes.lastIndex(of: UInt8(ascii: "/")) ?? 0)]
  return String(decoding: folder, as: UTF8.self) + "/swvmm"
}()

/// A folder of one test, removed when the value goes.
struct TemporaryFolder: ~Copyable {
  let path: String

  /// - Parameter inMemory: Whether it is to be in memory, where the host has a place for that: what is made
  ///   durable there costs no disk's time.
  init(inMemory: Bool = false) {
    let parent = inMemory && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    var template = Array("\(parent)/swvmm-test-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil, "mkdtemp")
    path = String(decoding: template.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { _ = system("rm -rf '\(path)'") }

  /// Writes a file and names it.
  func file(_ name: String, _ bytes: [UInt8]) -> String {
    let path = "\(path)/\(name)"
    let file = fopen(path, "w")
    precondition(file != nil, path)
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
    return path
  }
}

/// Runs a shell command, in a folder of its own, in which `$SWVMM` is the built command.
func shell(_ command: String) -> CommandResult {
  let folder = TemporaryFolder()
  let script = folder.file(
    "script", Array("SWVMM='\(swvmm)'\ncd '\(folder.path)'\n\(command)\n".utf8))
  // Threads of the test program hold signals back, and the shell would inherit that; one kind of it
  // then waits for ever for what it started in the background.
  var (none, mask) = (sigset_t(), sigset_t())
  sigemptyset(&none)
  pthread_sigmask(SIG_SETMASK, &none, &mask)
  defer { pthread_sigmask(SIG_SETMASK, &mask, nil) }
  let status = system(
    "sh '\(script)' >'\(folder.path)/out' 2>'\(folder.path)/err' </dev/null")
  return CommandResult(
    status: status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f,
    output: contents(of: folder.path + "/out"), errors: contents(of: folder.path + "/err"))
}

private func contents(of path: String) -> String {
  guard let file = fopen(path, "r") else { return "" }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(byte)) }
  return String(decoding: bytes, as: UTF8.self)
}

private let probe: HostProbe? = try? HostProbe(KVMSystem())

/// How often this host delivers one level interrupt, found out by experiment.
func deliveriesOfOneInterrupt(_ controller: IRQChip) throws -> Int {
  let probe = try #require(probe)
  let finding =
    switch controller {
    case .user: probe.deliveriesUser
    case .kernel: probe.deliveriesKernel
    case .split: probe.deliveriesSplit
    }
  return try #require(finding.value)
}

/// The number that a guest reported on a line `name: number`.
func number(_ name: String, in output: String) -> Int? {
  output.split(separator: "\n").first { $0.hasPrefix("\(name): ") }.flatMap {
    Int($0.dropFirst(name.count + 2))
  }
}
