/// A world by its name, and how far it is searched unless a caller sets other bounds.
public struct NamedWorld: Sendable {
  /// Its name in commands and replay strings.
  public var name: String
  /// What is searched, in a line.
  public var title: String
  /// The most actions in a row; `Int.max` where the search is to exhaust all.
  public var depth: Int
  /// The world with the right model in it.
  public var world: AnyWorld

  /// Creates a named world.
  public init(name: String, title: String, depth: Int, world: AnyWorld) {
    self.name = name
    self.title = title
    self.depth = depth
    self.world = world
  }
}
