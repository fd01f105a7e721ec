import BugMuseum
import Experiments
import Exploration

/// A name as messages show it: what is empty is seen, too.
func shown(_ name: String) -> String { name.isEmpty ? "''" : name }

/// The model of that name.
///
/// - Throws: ``Failure`` where there is none.
func namedModel(_ name: String) throws(Failure) -> NamedWorld {
  guard let model = Museum.model(name) else {
    let guess = guess(at: name, among: Museum.models.map(\.name))
    throw Failure(.usage, "\(shown(name)): no such model\(guess) (swvmm explore)")
  }
  return model
}

/// The historic bug of that id.
///
/// - Parameters:
///   - id: The bug's.
///   - model: Whose bug it has to be; nil: any's.
/// - Returns: The bug.
/// - Throws: ``Failure`` where there is none, or it is another model's.
func namedBug(_ id: String, of model: NamedWorld? = nil) throws(Failure) -> Exhibit {
  guard let exhibit = Museum.exhibit(id) else {
    let guess = guess(at: id, among: Museum.exhibits.map(\.id))
    throw Failure(.usage, "\(shown(id)): no such bug\(guess) (swvmm bugs)")
  }
  if let model, model.name != exhibit.model.name {
    throw Failure(.usage, "\(id): that is a bug of \(exhibit.model.name), not of \(model.name)")
  }
  return exhibit
}

/// The cut of `swvmm torture` that a text names.
///
/// - Parameter text: What a user gave as one.
/// - Returns: The cut.
/// - Throws: ``Failure`` with the part that is wrong, or with the command that the text is for.
func namedCut(_ text: String) throws(Failure) -> TortureCase {
  do { return try TortureCase(text) } catch {
    if let schedule = ReplayString(text), Museum.model(schedule.model) != nil {
      throw Failure(
        .usage, "that is a schedule of a search: swvmm replay \(Provenance.quoted(text))")
    }
    let names = TortureSubject.allCases.map(\.rawValue)
    let hint = if case .subject(let word) = error { guess(at: word, among: names) } else { "" }
    throw Failure(.usage, "'\(text)' is not a cut: \(error)\(hint) (swvmm help torture replay)")
  }
}

/// The schedule of a search that a text names, whose model may not be there.
///
/// - Parameter text: What a user gave as one.
/// - Returns: The schedule.
/// - Throws: ``Failure`` where it is none, with the command where it is a cut of `swvmm torture`.
func namedSchedule(_ text: String) throws(Failure) -> ReplayString {
  let words = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
  // Two subjects are models, too.
  if let subject = words.first, TortureSubject(rawValue: subject) != nil,
    words.count >= 7 || Museum.model(subject) == nil
  {
    throw Failure(
      .usage, "that is a cut of torture: swvmm torture replay \(Provenance.quoted(text))")
  }
  guard let schedule = ReplayString(text) else {
    throw Failure(.usage, "'\(text)' is not MODEL:ACTION,... or MODEL/BUG:ACTION,...")
  }
  return schedule
}
