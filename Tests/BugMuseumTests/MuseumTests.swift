import BugMuseum
import Exploration
import Testing

@Suite("The museum")
struct MuseumTests {
  @Test("An exhibit's own schedule breaks its property, and does not break the right model")
  func ownSchedules() throws {
    for exhibit in Museum.exhibits {
      let faulty = try exhibit.world.replay(exhibit.schedule, for: exhibit.property)
      #expect(faulty.verdict == .violated(exhibit.property), "\(exhibit.replayString)")
      #expect(faulty.rows.count == exhibit.schedule.count + 1, "\(exhibit.id): too long")
      let right = try exhibit.model.world.replay(exhibit.schedule)
      #expect(right.verdict == .held, "\(exhibit.replayString) on the right model")
    }
  }

  @Test("The search finds every exhibit without being told, by a schedule as short as its own")
  func found() throws {
    for exhibit in Museum.exhibits {
      let report = try exhibit.world.search(
        SearchBounds(depth: exhibit.model.depth, seconds: 10), threads: 2, for: exhibit.property)
      #expect(report.end == .violation, "\(exhibit.id): \(report)")
      #expect(report.schedule.count == exhibit.schedule.count, "\(exhibit.id): \(report)")
      let replay = try exhibit.world.replay(report.schedule, for: exhibit.property)
      #expect(replay.verdict == .violated(exhibit.property), "\(exhibit.id): \(report)")
    }
  }

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
