import JSON
import VMM

/// What this program was built of.
enum Version {
  #if DEBUG
  static let build = "debug"
  #else
  static let build = "release"
  #endif

  /// `swvmm --version`.
  static var text: String {
    """
    swvmm, commit \(Notes.commit)
    Swift \(Notes.compiler), \(build) build; checkpoints of version \(CheckpointFile.formatVersion)
    """
  }

  /// In a line, for what is not a separate document: checkpoints, results of tests and of measurements.
  static var line: String {
    "swvmm, commit \(Notes.commit), Swift \(Notes.compiler), \(build) build"
  }

  /// What documents have of it.
  static var json: JSONValue {
    [
      "commit": .string(Notes.commit), "swift": .string(Notes.compiler), "build": .string(build),
      "checkpoints": .integer(Int64(CheckpointFile.formatVersion)),
    ]
  }
}
