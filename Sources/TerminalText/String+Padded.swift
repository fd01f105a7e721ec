extension String {
  /// The text with spaces at its end, so that columns stand below each other.
  ///
  /// - Parameter width: How many characters it has at least.
  /// - Returns: The text.
  public func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
