/// The way from a linear address to a physical one, entry by entry, as a processor takes it.
///
/// A value: memory is what the caller gives. *Why it ends:* a walk has as many steps as the form has
/// levels, wherever the entries lead, a table that is its own entry included.
public struct PageWalk: Hashable, Sendable {
  /// One entry that was read.
  public struct Step: Hashable, Sendable {
    /// The level.
    public let level: PageLevel
    /// The entry's index in its table.
    public let index: Int
    /// Where the entry is, guest-physical.
    public let place: UInt64
    /// The entry.
    public let entry: UInt64
  }

  /// How the walk ends.
  public enum End: Hashable, Sendable {
    /// At a physical address, which RAM may have or not.
    case mapped(physical: UInt64)
    /// At the last step, whose present bit is clear.
    case notPresent
    /// At the last step, in which these reserved bits are set.
    case reserved(bits: UInt64)
    /// At an entry outside RAM, at this physical address.
    case outsideRAM(place: UInt64)
    /// Before it began: the address does not extend its sign.
    case notCanonical
  }

  /// The linear address.
  public let address: UInt64
  /// The form of the tables.
  public let form: Paging.Form
  /// The entries, the first level's first.
  public private(set) var steps: [Step] = []
  /// How it ends.
  public private(set) var end = End.notCanonical

  /// Walks.
  ///
  /// *Under PAE* the first four entries are read from memory. A processor keeps those that it read when
  /// CR3 was loaded.
  ///
  /// - Parameters:
  ///   - address: The linear address; outside of long mode its lower 32 bits count.
  ///   - paging: How it is translated.
  ///   - memory: The bytes at a guest-physical address, so many; nil where RAM does not have all of them.
  public init(
    of address: UInt64, by paging: Paging, in memory: (_ place: UInt64, _ count: Int) -> [UInt8]?
  ) {
    let is64Bit = paging.form == .fourLevels || paging.form == .fiveLevels
    self.address = is64Bit ? address : address & 0xffff_ffff
    form = paging.form
    guard paging.isCanonical(address) else { return }
    guard paging.form != .off else {
      end = .mapped(physical: self.address)
      return
    }
    var table =
      paging.form == .pae ? paging.root & 0xffff_ffe0 : paging.root & Self.addressBits(12)
    for level in paging.levels {
      let shift = paging.form == .bits32 && level == .directory ? 22 : level.shift
      let width: UInt64 =
        paging.form == .bits32 ? 10 : paging.form == .pae && level == .pointers ? 2 : 9
      let index = self.address >> shift & (1 << width - 1)
      // A table is below 2^52, so this does not wrap.
      let place = table + index * UInt64(paging.entrySize)
      guard let bytes = memory(place, paging.entrySize) else {
        end = .outsideRAM(place: place)
        return
      }
      let entry = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      steps.append(Step(level: level, index: Int(index), place: place, entry: entry))
      guard entry & PageBits.present != 0 else {
        end = .notPresent
        return
      }
      let isLeaf = Self.isLeaf(entry, at: level, paging)
      let reserved = Self.reservedBits(at: level, isLeaf: isLeaf, shift: shift, paging) & entry
      guard reserved == 0 else {
        end = .reserved(bits: reserved)
        return
      }
      if isLeaf {
        let offset = self.address & (1 << shift - 1)
        end = .mapped(physical: Self.frame(of: entry, shift: shift, paging) | offset)
        return
      }
      table = entry & Self.addressBits(12)
    }
  }

  /// The physical address; nil where there is none.
  public var physical: UInt64? { if case .mapped(let physical) = end { physical } else { nil } }

  /// Whether the translation ends here.
  private static func isLeaf(_ entry: UInt64, at level: PageLevel, _ paging: Paging) -> Bool {
    let isLarge = entry & PageBits.large != 0
    return switch level {
    case .table: true
    case .directory: isLarge && (paging.form != .bits32 || paging.hasLargePages)
    case .pointers: isLarge && paging.form != .pae
    case .map, .map5: false
    }
  }

  /// Bits that must be clear, as far as the registers say: which address bits a processor has, they do not.
  private static func reservedBits(
    at level: PageLevel, isLeaf: Bool, shift: UInt64, _ paging: Paging
  ) -> UInt64 {
    // 32-bit paging: above bit 12 a large page has bits 39 to 32 of its address, of which bit 21 is none.
    guard paging.form != .bits32 else { return isLeaf && level == .directory ? 1 << 21 : 0 }
    if paging.form == .pae && level == .pointers { return 0xfff0_0000_0000_01e6 }
    var bits: UInt64 = paging.hasExecuteDisable ? 0 : PageBits.executeDisable
    // Outside of long mode nothing above the address but bit 63 has a meaning.
    if paging.form == .pae { bits |= 0x7ff0_0000_0000_0000 }
    if level == .map || level == .map5 { bits |= PageBits.large }
    // Bit 12 of a large page is its PAT bit.
    if isLeaf && level != .table { bits |= addressBits(13) & (1 << shift - 1) }
    return bits
  }

  /// Where a page begins.
  private static func frame(of entry: UInt64, shift: UInt64, _ paging: Paging) -> UInt64 {
    guard paging.form == .bits32 && shift == 22 else { return entry & addressBits(shift) }
    return entry & 0xffc0_0000 | (entry >> 13 & 0xff) << 32
  }

  /// Bits 51 to `lowest` of an entry.
  private static func addressBits(_ lowest: UInt64) -> UInt64 {
    (1 << 52 - 1) & ~(1 << lowest - 1)
  }
}

/// Bits that entries of every form have.
enum PageBits {
  static let present: UInt64 = 1 << 0
  static let writable: UInt64 = 1 << 1
  static let user: UInt64 = 1 << 2
  static let large: UInt64 = 1 << 7
  static let executeDisable: UInt64 = 1 << 63
}
