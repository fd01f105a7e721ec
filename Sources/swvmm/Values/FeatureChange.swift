import ArgumentParser
import KVM

/// What `--cpu-feature` takes: a feature of the processor to show or to hide.
struct FeatureChange {
  let feature: ProcessorFeature
  let isShown: Bool

  /// - Parameter text: A name with `+` or `-` before it; without a sign it is shown.
  /// - Throws: `ValidationError` for a name that is not known, with the nearest one that is, or all.
  init(_ text: String) throws {
    let isHidden = text.hasPrefix("-")
    let name = isHidden || text.hasPrefix("+") ? String(text.dropFirst()) : text
    guard let feature = ProcessorFeature.named(name) else {
      let names = ProcessorFeature.all.map(\.name)
      let question =
        question(about: name, among: names) ?? "there are \(names.joined(separator: " "))"
      throw ValidationError("--cpu-feature \(shown(text)): no such feature; \(question)")
    }
    self.feature = feature
    isShown = !isHidden
  }
}
