import LinuxHost

extension OutputFile {
  /// Opens the file that an option names.
  ///
  /// - Parameters:
  ///   - path: The file's path; `-` is standard output.
  ///   - option: The option.
  ///   - others: The paths of what is read, or written, too: one of them would be destroyed.
  /// - Throws: ``Failure`` where it cannot be opened, or is one of the others.
  convenience init(opening path: String, for option: String, besides others: [String]) throws {
    do { try self.init(opening: path) } catch { throw Failure(.system, "\(error)") }
    if let other = others.first(where: isFile) {
      throw Failure(.usage, "\(option) \(path): \(other) is the same file, and would be lost")
    }
  }
}
