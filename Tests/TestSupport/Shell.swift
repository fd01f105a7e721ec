import Glibc

/// The built command, beside this test program.
public let swvmm: String = {
  var path = [CChar](repeating: 0, count: 4096)
  let length = readlink("/proc/self/exe", &path, path.count - 1)
  precondition(length > 0, "/proc/self/exe")
  let bytes = path[..<length].map { UInt8(bitPattern: $0) }
  let folder = bytes[..<(bytes.lastIndex(of: UInt8(ascii: "/")) ?? 0)]
  return String(decoding: folder, as: UTF8.self) + "/swvmm"
}()

/// Runs a shell command, in a folder of its own, in which `$SWVMM` is the built command.
public func shell(_ command: String) -> CommandResult {
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

/// Runs the built command where it gets 64 MiB beyond what it takes to say that there is no such file, and ten
/// seconds.
///
/// - Parameters:
///   - command: Its arguments.
///   - folder: Where it runs.
/// - Returns: What it left behind; the status is 137 where it took longer.
public func boundedCommand(_ command: String, in folder: String) -> CommandResult {
  shell(
    "cd '\(folder)'; ulimit -d \(dataLimit); timeout -s KILL 10 $SWVMM \(command)")
}

/// The data that a start takes (RLIMIT_DATA), to 4 MiB, and 64 MiB more; in KiB.
public let dataLimit: Int = {
  for size in stride(from: 4096, through: 1 << 20, by: 4096)
  where shell("ulimit -d \(size); $SWVMM conform --model mips ./none").status == 66 {
    return size + 65536
  }
  return 1 << 20
}()
