"""The package that scripts/mutate builds: its manifest, and the C target by which a mutant is chosen."""

MANIFEST = """// swift-tools-version: 6.2
import PackageDescription
let package = Package(
  name: "mutants",
  targets: [
    .target(name: "CLinuxHost"), .target(name: "Mutant"),
    .target(name: "TerminalText"), .target(name: "JSON", dependencies: ["TerminalText"]), .target(name: "LinuxHost", dependencies: ["CLinuxHost"]),
    .target(name: "TimerModels", dependencies: ["Mutant"]),
    .target(name: "Exploration", dependencies: ["LinuxHost"]),
    .target(name: "TimerWorlds", dependencies: ["Exploration", "TimerModels"]),
    .target(name: "Conformance", dependencies: ["JSON", "TerminalText", "TimerModels"]),
    .target(name: "BugMuseum",
      dependencies: ["Exploration", "JSON", "TerminalText", "TimerModels", "TimerWorlds"]),
    .executableTarget(
      name: "Catalogue",
      dependencies: ["BugMuseum", "Conformance", "Exploration", "LinuxHost", "TimerModels"]),
    .target(name: "CTestSupport", path: "Tests/CTestSupport"),
    .target(name: "TestSupport", dependencies: ["CTestSupport", "JSON", "LinuxHost"], path: "Tests/TestSupport"),
    .testTarget(name: "TimerModelsTests", dependencies: ["TestSupport", "TimerModels"]),
  ])
"""

SELECTOR_HEADER = """extern int mutant_number;
static inline int mutant(void) { return mutant_number; }
"""
SELECTOR_MODULE = 'module Mutant { header "Mutant.h" export * }\n'
SELECTOR = """#include "Mutant.h"
#include <stdlib.h>
int mutant_number;
__attribute__((constructor)) static void choose(void) {
  const char *text = getenv("MUTANT");
  mutant_number = text ? atoi(text) : 0;
}
"""
