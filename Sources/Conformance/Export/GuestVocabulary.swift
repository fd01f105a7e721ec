/// A vocabulary whose scenarios can be guests of an emulated board.
///
/// A guest is a list of macros, the same for both architectures, behind ``guestRuntime``, which defines them.
/// Every word has one: `read_ti`, `write_compare`, `set_dc`, `sample_ti`, `handler_ack`, `term_count`.
public protocol GuestVocabulary: ConformanceVocabulary {
  /// What the macros are, and the start, the interrupt handler and the judge of every guest.
  static var guestRuntime: String { get }
  /// What turns the text into an image.
  static var guestToolchain: GuestToolchain { get }
  /// The longest wait, in ticks, that a script may name; a longer one takes an emulator minutes.
  static var longestGuestWait: UInt64 { get }
}

/// An assembler and a linker, and what they are told.
public struct GuestToolchain: Hashable, Sendable {
  /// What the programs' names may begin with; the first that is there is taken.
  public var prefixes: [String]
  /// What the assembler is told.
  public var assemblerOptions: [String]
  /// What the linker is told.
  public var linkerOptions: [String]
}

extension MIPSVocabulary: GuestVocabulary {
  /// 2^24, or 3 s: the guest counts instructions, with the timer untouched and even while Count is stopped.
  public static let longestGuestWait: UInt64 = 1 << 24
  /// For QEMU's mipssim: code in kseg0, and at the vector that exceptions have while Status.BEV is 0.
  public static let guestToolchain = GuestToolchain(
    prefixes: ["mipsel-linux-gnu-", "mips-linux-gnu-"],
    assemblerOptions: ["-EL", "-march=mips32r2", "-mabi=32", "-msoft-float", "-mno-shared"],
    linkerOptions: [
      "-EL", "-m", "elf32ltsmip", "-nostdlib", "-static", "-e", "_start", "-Ttext=0x80100000",
      "--section-start=.vector=0x80000180",
    ])
}

extension ARMVocabulary: GuestVocabulary {
  /// Any: the guest sleeps through long times.
  public static let longestGuestWait = UInt64.max
  /// For QEMU's virt, above the device tree that it puts at the start of memory.
  public static let guestToolchain = GuestToolchain(
    prefixes: ["aarch64-linux-gnu-"], assemblerOptions: [],
    linkerOptions: ["-nostdlib", "-static", "-Ttext=0x40200000"])
}
