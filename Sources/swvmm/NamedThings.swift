import BugMuseum
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
