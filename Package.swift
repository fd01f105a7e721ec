// swift-tools-version: 6.2
import PackageDescription

let common: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// Library code: every unsafe expression says `unsafe`, or the build fails.
let library: [SwiftSetting] = common + [.strictMemorySafety()]

/// Each function has its own section, which the linker can place (``functionOrder``).
///
/// Only where no other package gets to it: none may use a product with flags like this.
let sections: [SwiftSetting] = [
  .unsafeFlags(["-Xfrontend", "-function-sections"], .when(configuration: .release))
]

/// Types that are known now are laid out now, or made from their parts, and not by name at run time.
///
/// To find them by name goes through all conformances in the program, which was a third of what it took to
/// boot a guest. Of a function that several modules have the linker takes any: so they all have this.
let start: [SwiftSetting] =
  sections + [
    .unsafeFlags(
      [
        "-Xfrontend", "-disable-concrete-type-metadata-mangled-name-accessors",
        "-Xfrontend", "-prespecialize-generic-metadata",
      ], .when(configuration: .release))
  ]

/// The release command is one static file: it starts in a third of the time, and it runs where no
/// Swift is installed (a rescue system, a kernel under test).
let staticExecutable = ["-static-executable"]

/// Every function can be specialised and put in place where it is used, in whichever module.
///
/// A search carries out a model's operations millions of times a second: without it every sixth is a call. Of a
/// vCPU's handle it is what each exit asks; a call copies the handle first.
let everywhere: [SwiftSetting] = [
  .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))
]

/// What `swvmm run` goes through, code and data, lies together in the file: less of it is in memory, and a start
/// has fewer page faults.
///
/// See scripts/order-functions; scripts/check refuses a list that is out of date. The linker is LLVM's, which
/// comes with Swift.
let functionOrder = [
  "-use-ld=lld", "-Xlinker",
  "--symbol-ordering-file=\(Context.packageDirectory)/Sources/swvmm/function-order",
  "-Xlinker", "--no-warn-symbol-ordering",
]

/// Parts of Foundation that the argument parser uses and a static link does not find by itself.
let foundationParts = ["-l_FoundationCShims", "-l_FoundationCollections"]

/// What the fuzzing targets are made of, in either of the two ways that they are built.
let fuzzed: [Target.Dependency] = [
  "BugMuseum", "Conformance", "Exploration", "GDBProtocol", "GuestImages", "JSON", "KVM",
  "LinuxHost",
  "Measurement", "TSCReplay", "TestSupport", "TimerModels", "TimerWorlds", "VMM",
]

/// The fuzzing targets with the kept corpus as a test, or, for scripts/fuzz alone, under libFuzzer.
///
/// libFuzzer brings the main function, so an ordinary build could not link this program.
let fuzz: Target =
  Context.environment["SWVMM_FUZZ"] == nil
  ? .testTarget(
    name: "FuzzTests", dependencies: fuzzed, path: "Tests/Fuzz", exclude: ["Corpus", "Driver"],
    swiftSettings: common)
  : .executableTarget(
    name: "Fuzz", dependencies: fuzzed, path: "Tests/Fuzz", exclude: ["Corpus", "Tests"],
    swiftSettings: common)

let package = Package(
  name: "swvmm",
  products: [
    .executable(name: "swvmm", targets: ["swvmm"]),
    // The search, for timers of your own.
    .library(name: "Exploration", targets: ["Exploration"]),
  ],
  dependencies: [
    // Options, help pages and shell completions that behave as people expect of a command.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // Histograms of latencies over nine decades, and the percentile files that plotters read.
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
  ],
  targets: [
    .target(name: "CKVM"),
    .target(name: "TerminalText", swiftSettings: library + start),
    .target(name: "JSON", dependencies: ["TerminalText"], swiftSettings: library + start),
    .target(name: "CLinuxHost"),
    .target(name: "CStart", dependencies: ["CLinuxHost"]),
    .target(name: "LinuxHost", dependencies: ["CLinuxHost"], swiftSettings: library),
    .target(
      name: "KVM", dependencies: ["CKVM", "LinuxHost"], swiftSettings: library + start + everywhere),
    .target(
      name: "GuestImages", path: "guest-images", exclude: ["template"],
      cSettings: [.headerSearchPath("macros")]),
    .target(name: "TimerModels", swiftSettings: library + sections + everywhere),
    .target(name: "GDBProtocol", swiftSettings: library),
    .target(name: "CForeignDevice"),
    .target(
      name: "ForeignDevice", dependencies: ["CForeignDevice", "LinuxHost", "TimerModels"],
      swiftSettings: library + start),
    .target(name: "Exploration", dependencies: ["LinuxHost"], swiftSettings: library),
    .target(
      name: "TimerWorlds", dependencies: ["Exploration", "TimerModels"], swiftSettings: library),
    .target(
      name: "Conformance", dependencies: ["JSON", "TerminalText", "TimerModels"],
      swiftSettings: library),
    .target(
      name: "BugMuseum",
      dependencies: ["Exploration", "JSON", "TerminalText", "TimerModels", "TimerWorlds"],
      swiftSettings: library),
    .target(
      name: "Measurement",
      dependencies: [
        "JSON", "TerminalText", .product(name: "Histogram", package: "hdrhistogram-swift"),
      ],
      swiftSettings: library + start),
    .target(
      name: "TSCReplay", dependencies: ["JSON", "TerminalText", "TimerModels"],
      swiftSettings: library),
    .target(
      name: "VMM",
      dependencies: [
        "CKVM", "ForeignDevice", "GDBProtocol", "GuestImages", "KVM", "LinuxHost", "TerminalText",
        "TimerModels",
      ],
      swiftSettings: library + start),
    .target(
      name: "Experiments",
      dependencies: [
        "BugMuseum", "CKVM", "Exploration", "GuestImages", "JSON", "KVM", "LinuxHost",
        "Measurement", "TerminalText", "TimerModels", "VMM",
      ],
      swiftSettings: library + start),
    .executableTarget(
      name: "swvmm",
      dependencies: [
        "BugMuseum", "CStart", "Conformance", "Experiments", "Exploration", "ForeignDevice",
        "JSON", "KVM", "LinuxHost", "Measurement", "TSCReplay", "TerminalText", "TimerModels",
        "TimerWorlds",
        "VMM",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["function-order"],
      swiftSettings: library + start + [
        .unsafeFlags(staticExecutable, .when(configuration: .release))
      ],
      linkerSettings: [
        .unsafeFlags(
          staticExecutable + foundationParts + functionOrder, .when(configuration: .release))
      ],
      plugins: ["SourceNotes"]),
    // Texts of the sources' comments that commands show, and the commit.
    .plugin(name: "SourceNotes", capability: .buildTool(), path: "scripts/source-notes"),
    // For scripts/bench alone: what the models cost, linked as the command is. No product.
    .executableTarget(
      name: "TimerCost", dependencies: ["LinuxHost", "TimerModels"],
      path: "scripts/bench.d/TimerCost",
      swiftSettings: library + [.unsafeFlags(staticExecutable, .when(configuration: .release))],
      linkerSettings: [.unsafeFlags(staticExecutable, .when(configuration: .release))]),
    // Likewise: what a reset of a toy machine costs.
    .executableTarget(
      name: "ResetCost", dependencies: ["Experiments", "KVM", "LinuxHost", "VMM"],
      path: "scripts/bench.d/ResetCost",
      swiftSettings: library + [.unsafeFlags(staticExecutable, .when(configuration: .release))],
      linkerSettings: [.unsafeFlags(staticExecutable, .when(configuration: .release))]),
    .target(
      name: "TestSupport", dependencies: ["CTestSupport", "JSON", "LinuxHost"],
      path: "Tests/TestSupport",
      swiftSettings: common),
    .testTarget(
      name: "TestSupportTests", dependencies: ["TestSupport", "swvmm"], swiftSettings: common),
    .testTarget(
      name: "TerminalTextTests", dependencies: ["TerminalText", "TestSupport"],
      swiftSettings: common),
    .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: common),
    .testTarget(
      name: "GDBProtocolTests", dependencies: ["GDBProtocol", "TestSupport"],
      swiftSettings: common),
    .testTarget(
      name: "TimerModelsTests", dependencies: ["TestSupport", "TimerModels"],
      swiftSettings: common),
    .testTarget(
      name: "ExplorationTests", dependencies: ["Exploration", "LinuxHost"], swiftSettings: common),
    .testTarget(
      name: "TimerWorldsTests",
      dependencies: ["BugMuseum", "Exploration", "TestSupport", "TimerModels", "TimerWorlds"],
      swiftSettings: common),
    .testTarget(
      name: "ConformanceTests",
      dependencies: ["BugMuseum", "Conformance", "JSON", "TestSupport", "TimerModels"],
      exclude: ["Corpora"], swiftSettings: common),
    .testTarget(
      name: "BugMuseumTests",
      dependencies: [
        "BugMuseum", "Exploration", "JSON", "TerminalText", "TestSupport", "TimerModels",
        "TimerWorlds",
      ],
      swiftSettings: common),
    .testTarget(
      name: "TSCReplayTests",
      dependencies: ["BugMuseum", "JSON", "TSCReplay", "TestSupport", "TimerModels"],
      swiftSettings: common),
    .testTarget(
      name: "MeasurementTests", dependencies: ["JSON", "Measurement", "TestSupport"],
      swiftSettings: common),
    .testTarget(
      name: "LinuxHostTests", dependencies: ["CLinuxHost", "CTestSupport", "LinuxHost"],
      swiftSettings: common),
    .testTarget(
      name: "VMMTests",
      dependencies: [
        "BugMuseum", "Exploration", "GuestImages", "KVM", "LinuxHost", "TestSupport",
        "TimerModels", "VMM",
      ],
      swiftSettings: common),
    .testTarget(
      name: "ExperimentsTests",
      dependencies: [
        "Experiments", "JSON", "KVM", "LinuxHost", "Measurement", "TestSupport", "TimerModels",
        "VMM",
      ],
      swiftSettings: common),
    .testTarget(
      name: "ForeignDeviceTests",
      dependencies: ["ForeignDevice", "TestSupport", "TimerModels", "swvmm"],
      swiftSettings: common),
    .target(name: "CTestSupport", path: "Tests/CTestSupport"),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "Experiments", "JSON", "LinuxHost", "Measurement", "TestSupport", "swvmm",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: common),
    .testTarget(
      name: "LiveTests",
      dependencies: [
        "BugMuseum", "CKVM", "CLinuxHost", "CTestSupport", "Experiments", "GDBProtocol", "JSON",
        "KVM", "LinuxHost", "Measurement",
        "TestSupport", "TimerModels", "VMM", "swvmm",
      ],
      swiftSettings: common),
    fuzz,
  ]
)
