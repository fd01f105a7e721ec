/// A number of things in words: `1 walk`, `2 walks`.
///
/// - Parameters:
///   - count: How many.
///   - noun: One of them; its plural has an s more.
/// - Returns: Both, the noun in the plural unless there is one.
package func counted(_ count: some BinaryInteger, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}
