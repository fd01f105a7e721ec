import BugMuseum
import Exploration
import Testing

@Suite("The museum")
struct MuseumTests {
  @Test("As far as its exhibits' schedules go, every right model has been searched whole and holds")
  func rightModels() throws {
    for model in Museum.models {
      let schedules = Museum.exhibits.filter { $0.model.name == model.name }.map(\.schedule.count)
      let report = try model.world.search(SearchBounds(depth: schedules.max() ?? 2), threads: 2)
      #expect([.depth, .exhausted].contains(report.end), "\(model.name): \(report)")
    }
  }

  @Test("Ids and names are words of a replay string, and there is only one of each")
  func names() {
    let names = Museum.exhibits.map(\.id) + Museum.models.map(\.name)
    #expect(Set(names).count == names.count)
    for exhibit in Museum.exhibits {
      #expect(ReplayString("\(exhibit.replayString)") == exhibit.replayString)
      #expect(Museum.model(exhibit.model.name) != nil)
      #expect(Museum.exhibit(exhibit.id)?.id == exhibit.id)
    }
  }
}
