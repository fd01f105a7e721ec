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

/// Runs a shell command, in a separate folder, in which `$SWVMM` is the built command.
public func shell(_ command: String) -> CommandResult {
  let folder = TemporaryFolder()
  let script = folder.file(
    "script", Array("SWVMM='\(swvmm)'\ncd '\(folder.path)'\n\(command)\n".utf8))
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
  for (descriptor, name) in [(1, "out"), (2, "err")] as [(Int32, String)] {
    posix_spawn_file_actions_addopen(
      &actions, descriptor, folder.path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o666)
  }
  let (result, child) = spawn(["/bin/sh", script], &actions)
  posix_spawn_file_actions_destroy(&actions)
  precondition(result == 0, "posix_spawn of a shell: error \(result)")
  var status: Int32 = 0
  while waitpid(child, &status, 0) == -1 { precondition(errno == EINTR, "waitpid") }
  return CommandResult(
    status: status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f,
    output: contents(of: folder.path + "/out"), errors: contents(of: folder.path + "/err"))
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
