import ArgumentParser

/// Refuses an option that would do nothing beside the others: who gives one counts on it.
///
/// - Parameters:
///   - reason: Why it would do nothing, as what follows the option's name and a colon.
///   - options: Names, and whether each was given.
///   - isIdle: Whether they would do nothing.
/// - Throws: `ValidationError` for the first that was given.
func refuse(
  _ reason: @autoclosure () -> String, _ options: (name: String, isGiven: Bool)...,
  if isIdle: Bool = true
) throws {
  guard isIdle, let option = options.first(where: \.isGiven) else { return }
  throw ValidationError("\(option.name): \(reason())")
}
