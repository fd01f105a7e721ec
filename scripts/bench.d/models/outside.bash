# outside: the search of a world of another package, which depends on the product Exploration by a URL
# and a version, over the search of the same world inside the module

# The world, as both have it: a million states, six actions.
outside_world() { # ACCESS
  cat <<EOF
struct Grid: World {
  enum Action: String, CaseIterable, CustomStringConvertible {
    case left, right, down, up, back, forth
    var description: String { rawValue }
  }
  enum Property: String { case outside = "outside-the-grid" }
  static let alphabet = Action.allCases
  var x: UInt16 = 0
  var y: UInt16 = 0
  var z: UInt16 = 0
  mutating func perform(_ action: Action) -> Step {
    switch action {
    case .left: return Self.move(&x, to: x &- 1)
    case .right: return Self.move(&x, to: x + 1)
    case .down: return Self.move(&y, to: y &- 1)
    case .up: return Self.move(&y, to: y + 1)
    case .back: return Self.move(&z, to: z &- 1)
    case .forth: return Self.move(&z, to: z + 1)
    }
  }
  static func move(_ place: inout UInt16, to new: UInt16) -> Step {
    guard new < 100 else { return .impossible }
    place = new
    return .done
  }
  var violation: Property? { max(x, y, z) < 100 ? nil : .outside }
  var fingerprint: UInt64 {
    var fingerprint = Fingerprint()
    fingerprint.combine(UInt64(x) << 32 | UInt64(y) << 16 | UInt64(z))
    return fingerprint.value
  }
  static func actor(of action: Action) -> Actor { .guest }
  var readout: Readout { Readout(timer: "\(x) \(y) \(z)") }
}

$1func searchGrid() throws {
  let outcome = try Search(from: Grid()).run()
  guard outcome.states == 1_000_000, outcome.end == .exhausted else { fatalError("\(outcome)") }
}
EOF
}

# Publishes this commit with a version tag, and with a world inside its module if there is one.
outside_publish() { # NAME [WORLD]
  local clone=$work/published/$1/swvmm
  git clone -q . "$clone"
  if [[ -n ${2:-} ]]; then
    printf '%s\n' "$2" >"$clone/Sources/Exploration/Grid.swift"
    git -C "$clone" add -A
    git -C "$clone" -c user.name=bench -c user.email=bench commit -qm 'A world inside'
  fi
  git -C "$clone" tag 1.0.0
}

# A package outside the repository, which takes the product from a clone with a version tag, as any would.
outside_package() { # NAME WORLD
  mkdir -p "$work/$1/Sources/outside"
  cat >"$work/$1/Package.swift" <<EOF
// swift-tools-version: 6.2
import PackageDescription
let package = Package(
  name: "outside",
  dependencies: [.package(url: "file://$work/published/$1/swvmm", from: "1.0.0")],
  targets: [
    .executableTarget(
      name: "outside", dependencies: [.product(name: "Exploration", package: "swvmm")])
  ])
EOF
  printf 'import Exploration\n%s\ntry searchGrid()\n' "$2" >"$work/$1/Sources/outside/main.swift"
  (cd "$work/$1" && swift build -c release) >"$work/build.log" 2>&1 ||
    fail "a package outside does not build: $(grep -m 1 error: "$work/build.log")"
}

measure() {
  outside_publish theirs
  outside_publish ours "$(outside_world 'public ')"
  outside_package theirs "$(outside_world '')"
  outside_package ours ''
  stopwatch "$runs" 0 "$work/theirs/.build/release/outside" -- 0 "$work/ours/.build/release/outside" \
    >"$work/outside"
  judge "outside: another package's search, times the module's own" 1.1 2 \
    < <(awk '{ print $1 / $2 }' "$work/outside")
}
