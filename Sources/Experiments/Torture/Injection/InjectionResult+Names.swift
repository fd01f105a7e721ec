public import VMM

extension InjectionResult {
  /// The names of the boundaries' addresses, as the image's symbols have them.
  ///
  /// - Parameter file: The image's symbols.
  /// - Returns: Those that have a name, made visible.
  /// - Throws: ``ImageError`` for a table that is none, or cannot be read.
  public func names(in file: SymbolFile) throws(ImageError) -> [UInt64: String] {
    let addresses = Set(rows.map { GuestAddress(linear: $0.address, physical: $0.address) })
    var names: [UInt64: String] = [:]
    for (address, place) in try file.places(of: addresses) ?? [:] {
      names[address.linear] = place.description
    }
    return names
  }
}
