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
  /// A checkpoint of a machine.
  case checkpoint
  /// Something else than code, as a noun with its article.
  case notCode(String)
  /// Real mode was forced upon an ELF file.
  case notFlat
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
  /// The Multiboot protocol was forced upon a file without its header.
  case noMultibootHeader
  /// A Multiboot header that cannot be used.
  case badMultiboot(String)
  /// Modules for a boot protocol that has none.
  case noModules
  /// More modules than are taken.
  case tooManyModules(Int)
  /// Modules that RAM has no room for behind the image: the first that does not fit, from 1.
  case modulesOutsideRAM(Int, ramSize: UInt64)
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
  /// A segment where the boot protocol's own structures are, below an address.
  case inLowMemory(UInt64, below: UInt64)
  /// A segment that RAM has no room for.
  case outsideRAM(UInt64, size: UInt64, ramSize: UInt64)
  /// The entry point is in no segment.
  case entryOutside(UInt64)
  /// A flat binary that does not fit below the long-mode stack.
  case flatTooLarge(UInt64)
  /// A command line for a guest that has no way to be told.
  case noCommandLine
  /// More command line than there is room for.
  case commandLineTooLong(Int, capacity: Int)
  /// Linux's boot protocol was forced upon something else, or a program of DOS or EFI is not a bzImage.
  case notLinux
  /// An initial RAM disk for a boot protocol that knows none.
  case noRAMDisk(BootProtocol)
  /// An initial RAM disk without contents.
  case emptyRAMDisk
  /// An initial RAM disk that RAM has no room for behind the kernel, in bytes.
  case noRoomForRAMDisk(size: UInt64, room: UInt64)
  /// ACPI tables that do not fit into their area, in bytes.
  case noRoomForTables(size: Int, room: Int)

  /// What is wrong, without a full stop.
  public var description: String {
    switch self {
    case .empty: "the file is empty"
    case .pipeTooLong(let limit):
      "more than \(limit >> 20) MiB come through this pipe; write them to a file"
    case .unreadable(let error): error.description
    case .truncated(let what, let end, let fileSize):
      "truncated: \(what) ends at byte \(end), the file at byte \(fileSize)"
    case .checkpoint: "a checkpoint, which `swvmm restore` continues from"
    case .notCode(let what): "\(what), and no image (--boot real enters it all the same)"
    case .notFlat: "an ELF file, whose header is not code: --boot pvh, long or multiboot"
    case .notELF: "not an ELF file; without --boot it is taken as a flat binary"
    case .unsupported(let what): what
    case .nothingToLoad: "no segment to load (PT_LOAD with a size)"
    case .noPVHNote: "no PVH note (XEN_ELFNOTE_PHYS32_ENTRY)"
    case .no32BitEntry:
      "a 32-bit ELF file needs a PVH note (XEN_ELFNOTE_PHYS32_ENTRY) or a Multiboot header"
    case .noMultibootHeader: "no Multiboot header in the first 8 KiB"
    case .badMultiboot(let what): "Multiboot: \(what)"
    case .noModules: "modules need the Multiboot protocol"
    case .tooManyModules(let count):
      "\(count) modules, at most \(BootModule.countMax) are taken"
    case .modulesOutsideRAM(let number, let ramSize):
      "module \(number) does not fit into RAM behind the image; RAM ends at \(hex(ramSize)) (--memory)"
    case .badNote(let what): "bad note: \(what)"
    case .badSymbols(let what): "bad symbols: \(what)"
    case .changed: "the file was changed while its guest ran"
    case .fileExceedsMemory(let segment, let fileSize, let memorySize):
      "segment \(segment) has \(fileSize) bytes in the file for \(memorySize) in memory"
    case .wrapping(let segment): "segment \(segment) wraps around the end of the address space"
    case .overlapping(let first, let second):
      "the segments at \(hex(first)) and \(hex(second)) overlap"
    case .inLowMemory(let address, let end):
      "the segment at \(hex(address)) lies below \(hex(end)), "
        + "where the boot protocol keeps its structures"
    case .outsideRAM(let address, let size, let ramSize):
      "the segment at \(hex(address)), \(size) bytes, does not fit into RAM, which ends at "
        + "\(hex(ramSize)) (--memory)"
    case .entryOutside(let entry): "the entry point \(hex(entry)) is in no segment"
    case .flatTooLarge(let size):
      "not an ELF file, and too large for a flat binary: \(size) bytes, at most "
        + "\(BootImage.flatSizeMax)"
    case .noCommandLine: "a flat binary has no way to be given arguments"
    case .commandLineTooLong(let size, let capacity):
      "the guest's arguments take \(size) bytes, at most \(capacity) fit"
    case .notLinux: "no Linux bzImage: it lacks the setup header (HdrS at byte 0x202)"
    case .noRAMDisk(let bootProtocol):
      "an image that is entered by \(bootProtocol.rawValue) takes no initial RAM disk"
    case .emptyRAMDisk: "the initial RAM disk is empty"
    case .noRoomForRAMDisk(let size, let room):
      "the initial RAM disk takes \(size) bytes, and RAM has \(room) behind the kernel (--memory)"
    case .noRoomForTables(let size, let room):
      "the ACPI tables take \(size) bytes, and their area has \(room)"
    }
  }
}

/// A number as programmers of hardware write it.
func hex(_ value: some BinaryInteger) -> String { "0x" + String(value, radix: 16) }
