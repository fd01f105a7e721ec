import ArgumentParser
import KVM

/// What `--cpu-feature` takes: a feature of the processor to show or to hide.
struct FeatureChange {
  let feature: ProcessorFeature
  let isShown: Bool

  /// - Parameter text: A name with `+` or `-` before it; without a sign it is shown.
  /// - Throws: `ValidationError` for a name that is not known, with those that are.
  init(_ text: String) throws {
    let isHidden = text.hasPrefix("-")
    let name = isHidden || text.hasPrefix("+") ? String(text.dropFirst()) : text
    guard let feature = ProcessorFeature.named(name) else {
      let names = ProcessorFeature.all.map(\.name).joined(separator: " ")
      throw ValidationError("--cpu-feature \(text): no such feature; there are \(names)")
    }
    self.feature = feature
    isShown = !isHidden
  }
}
