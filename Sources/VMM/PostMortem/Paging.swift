/// How a vCPU translates linear addresses, by its control registers.
public struct Paging: Hashable, Sendable {
  /// The form of the tables.
  public enum Form: String, Hashable, Sendable {
    /// Linear addresses are physical ones.
    case off = "paging off"
    /// Two levels of 4-byte entries.
    case bits32 = "32-bit paging"
    /// Three levels of 8-byte entries, the first of four.
    case pae = "PAE paging"
    /// Four levels, of 48-bit addresses.
    case fourLevels = "4-level paging"
    /// Five levels, of 57-bit addresses.
    case fiveLevels = "5-level paging"
  }

  /// The form.
  public let form: Form
  /// CR3: where the first table is, and flags.
  let root: UInt64
  /// CR4.PSE: whether a directory of 32-bit paging may map 4 MiB.
  let hasLargePages: Bool
  /// EFER.NXE: whether bit 63 forbids execution; it is reserved otherwise.
  let hasExecuteDisable: Bool

  /// The paging of a vCPU with these registers.
  public init(_ registers: GuestRegisters) {
    let (cr0, cr4, efer) = (registers.cr0, registers.cr4, registers.efer)
    form =
      switch (cr0 >> 31 & 1, cr4 >> 5 & 1, efer >> 10 & 1, cr4 >> 12 & 1) {  // PG, PAE, LMA, LA57
      case (0, _, _, _): .off
      case (_, 0, _, _): .bits32
      case (_, _, 0, _): .pae
      case (_, _, _, 0): .fourLevels
      default: .fiveLevels
      }
    root = registers.cr3
    hasLargePages = cr4 >> 4 & 1 == 1
    hasExecuteDisable = efer >> 11 & 1 == 1
  }

  /// The tables that a walk reads, the first one first.
  var levels: [PageLevel] {
    switch form {
    case .off: []
    case .bits32: [.directory, .table]
    case .pae: [.pointers, .directory, .table]
    case .fourLevels: [.map, .pointers, .directory, .table]
    case .fiveLevels: [.map5, .map, .pointers, .directory, .table]
    }
  }

  /// Bytes of an entry.
  var entrySize: Int { form == .bits32 ? 4 : 8 }

  /// Whether linear addresses of this form have a sign that must be extended.
  func isCanonical(_ address: UInt64) -> Bool {
    let width: UInt64
    switch form {
    case .fourLevels: width = 48
    case .fiveLevels: width = 57
    default: return true
    }
    let upper = Int64(bitPattern: address) >> (width - 1)
    return upper == 0 || upper == -1
  }
}

/// A level of page tables, by the names of the processor manuals.
public enum PageLevel: String, Hashable, Sendable {
  /// The fifth level.
  case map5 = "PML5"
  /// The fourth.
  case map = "PML4"
  /// Page-directory pointers.
  case pointers = "PDPT"
  /// The page directory.
  case directory = "PD"
  /// The page table.
  case table = "PT"

  /// How far right of an address the level's index is, with entries of 8 bytes.
  var shift: UInt64 {
    switch self {
    case .map5: 48
    case .map: 39
    case .pointers: 30
    case .directory: 21
    case .table: 12
    }
  }
}
