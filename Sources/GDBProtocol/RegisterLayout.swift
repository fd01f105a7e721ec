/// The registers of a vCPU in the order in which `g` and `G` have them.
///
/// GDB wants those of the features that it defines under these names, sizes and in this order; the last feature is this
/// program's.
public struct RegisterLayout: Sendable {
  /// A register.
  public struct Register: Hashable, Sendable {
    /// Its name.
    public let name: String
    /// Its size in bytes.
    public let size: Int
    /// GDB's name of its type.
    public let type: String
    /// GDB's name of its group; nil: what follows from the type.
    public let group: String?
  }

  /// A group of registers by which GDB knows what a target has.
  public struct Feature: Sendable {
    /// Its name.
    public let name: String
    /// Its registers.
    public let registers: [Register]
  }

  /// All features.
  public static let features: [Feature] = [core, sse, segments, system]

  /// All registers.
  public static let registers: [Register] = features.flatMap(\.registers)

  /// Bytes of all registers together.
  public static let size = registers.reduce(0) { $0 + $1.size }

  /// The place of a register in ``registers``.
  ///
  /// - Parameter name: Of a register that there is.
  /// - Returns: The index.
  public static func index(of name: String) -> Int {
    guard let index = registers.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("no register \(name)")
    }
    return index
  }

  private static func integers(
    _ names: [String], _ size: Int, _ type: String? = nil, group: String? = nil
  ) -> [Register] {
    names.map {
      Register(name: $0, size: size, type: type ?? "int\(size * 8)", group: group)
    }
  }

  /// The names of the general-purpose registers.
  public static let general = [
    "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13",
    "r14", "r15",
  ]

  private static let core = Feature(
    name: "org.gnu.gdb.i386.core",
    registers: general.map {
      Register(
        name: $0, size: 8, type: $0 == "rbp" || $0 == "rsp" ? "data_ptr" : "int64", group: nil)
    } + integers(["rip"], 8, "code_ptr") + integers(["eflags"], 4)
      + integers(["cs", "ss", "ds", "es", "fs", "gs"], 4)
      + integers((0..<8).map { "st\($0)" }, 10, "i387_ext")
      + integers(
        ["fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop"], 4, group: "float"))

  private static let sse = Feature(
    name: "org.gnu.gdb.i386.sse",
    registers: integers((0..<16).map { "xmm\($0)" }, 16, "vec128")
      + integers(["mxcsr"], 4, group: "vector"))

  private static let segments = Feature(
    name: "org.gnu.gdb.i386.segments", registers: integers(["fs_base", "gs_base"], 8))

  private static let system = Feature(
    name: "swvmm.system",
    registers: integers(
      ["cr0", "cr2", "cr3", "cr4", "cr8", "efer", "cs_base", "gdtr_base", "idtr_base", "tr_base"],
      8, group: "system")
      + integers(["gdtr_limit", "idtr_limit", "lines"], 4, group: "system"))
}
