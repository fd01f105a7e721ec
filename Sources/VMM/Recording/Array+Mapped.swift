extension Array {
  /// No elements, and room for `capacity` of them in pages that are mapped.
  ///
  /// *Why:* the first store to a page of fresh memory is a fault of microseconds, and where a deadline is due
  /// it would be part of what is measured.
  ///
  /// - Parameters:
  ///   - capacity: The elements that there is room for, 0 or more.
  ///   - element: What the pages are written with.
  init(mapping capacity: Int, writing element: Element) {
    self.init(repeating: element, count: capacity)
    removeAll(keepingCapacity: true)
  }
}
