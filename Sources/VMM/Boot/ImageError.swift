public import LinuxHost

/// Why a file cannot be booted.
public enum ImageError: Error, Hashable, CustomStringConvertible {
  /// No bytes.
  case empty
  /// More through a pipe than is taken from one, in bytes.
  case pipeTooLong(limit: Int)
  /// The file cannot be read.
  case unreadable(SystemError)
  /// The file ends before something that it announces.
  case truncated(String, end: UInt64, fileSize: UInt64)
  /// A boot protocol for ELF files was forced upon something else.
  case notELF
  /// An ELF file for another processor, byte order or purpose.
  case unsupported(String)
  /// No segment to load.
  case nothingToLoad
  /// The PVH protocol was forced upon a file without its note.
  case noPVHNote
  /// A 32-bit ELF file without the one 32-bit entry that there is.
  case no32BitEntry
  /// A note that is not one.
  case badNote(String)
  /// A symbol table that is not one.
  case badSymbols(String)
  /// The file was changed since it was opened.
  case changed
  /// A segment with more bytes in the file than in memory.
  case fileExceedsMemory(segment: Int, fileSize: UInt64, memorySize: UInt64)
  /// A segment that would wrap around the end of the address space.
  case wrapping(segment: Int)
  /// Two segments share an address.
  case overlapping(UInt64, UInt64)
  /// A segment where the boot protocol's own structures are.
  case inLowMemory(UInt64)
  /// A segment that RAM has no room for.
  case outsideRAM(UInt64, size: UInt64, ramSize: UInt64)
  /// The entry point is in no segment.
  case entryOutside(UInt64)
  /// A flat binary that does not fit below the long-mode stack.
  case flatTooLarge(UInt64)
  /// A command line for a guest that has no way to be told.
  case noCommandLine
  /// More command line than there is room for.
  case commandLineTooLong(Int)

  /// What is wrong, without a full stop.
  public var description: String {
    switch self {
    case .empty: "the file is empty"
    case .pipeTooLong(let limit):
      "more than \(limit >> 20) MiB come through this pipe; write them to a file"
    case .unreadable(let error): error.description
    case .truncated(let what, let end, let fileSize):
      "truncated: \(what) ends at byte \(end), the file at byte \(fileSize)"
    case .notELF: "not an ELF file; without --boot it is taken as a flat binary"
    case .unsupported(let what): what
    case .nothingToLoad: "no segment to load (PT_LOAD with a size)"
    case .noPVHNote: "no PVH note (XEN_ELFNOTE_PHYS32_ENTRY)"
    case .no32BitEntry: "a 32-bit ELF file needs a PVH note (XEN_ELFNOTE_PHYS32_ENTRY)"
    case .badNote(let what): "bad note: \(what)"
    case .badSymbols(let what): "bad symbols: \(what)"
    case .changed: "the file was changed while its guest ran"
    case .fileExceedsMemory(let segment, let fileSize, let memorySize):
      "segment \(segment) has \(fileSize) bytes in the file for \(memorySize) in memory"
    case .wrapping(let segment): "segment \(segment) wraps around the end of the address space"
    case .overlapping(let first, let second):
      "the segments at \(hex(first)) and \(hex(second)) overlap"
    case .inLowMemory(let address):
      "the segment at \(hex(address)) lies below \(hex(UInt64(LowMemory.end))), "
        + "where the boot protocol keeps its structures"
    case .outsideRAM(let address, let size, let ramSize):
      "the segment at \(hex(address)), \(size) bytes, does not fit into RAM, which ends at "
        + "\(hex(ramSize)) (--memory)"
    case .entryOutside(let entry): "the entry point \(hex(entry)) is in no segment"
    case .flatTooLarge(let size):
      "not an ELF file, and too large for a flat binary: \(size) bytes, at most "
        + "\(BootImage.flatSizeMax)"
    case .noCommandLine: "a flat binary has no way to be given arguments"
    case .commandLineTooLong(let size):
      "the guest's arguments take \(size) bytes, at most \(LowMemory.commandLineCapacity) fit"
    }
  }
}

/// A number as programmers of hardware write it.
func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
