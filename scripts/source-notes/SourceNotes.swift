import Foundation
import PackagePlugin

/// Puts into the program what stands in the repository beside its code: the stories of bugs, the heads of guests,
/// what properties mean, the grammar of scripts, and the commit.
@main
struct SourceNotes: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let folder = context.pluginWorkDirectoryURL
    let script = context.package.directoryURL.appending(path: "scripts/source-notes/write-notes")
    return [
      .prebuildCommand(
        displayName: "Noting the commit, and what comments say",
        executable: URL(filePath: "/bin/sh"), arguments: [script.path(), folder.path()],
        outputFilesDirectory: folder)
    ]
  }
}
