import LinuxHost
import VMM

/// Finds the image that a user names.
enum GuestFile {
  /// The built-in guest of that name, or the contents of that file.
  ///
  /// A built-in name comes first; `./hello` is always a file.
  static func contents(of name: String) throws(Failure) -> [UInt8] {
    if let guest = BuiltInGuest.named(name) { return guest.file }
    do {
      guard let file = try HostFile.contents(of: name, limit: BootImage.fileSizeMax) else {
        throw Failure(.badImage, "\(name): \(ImageError.tooLarge)")
      }
      return file
    } catch let error as SystemError {
      switch error.errno {
      case .isDirectory: throw Failure(.badImage, "\(name) is a directory, not an image")
      case .notFound: throw missing(name)
      default: throw Failure(.noImage, "\(error)")
      }
    } catch let failure as Failure {
      throw failure
    } catch {
      preconditionFailure("no other error is thrown above: \(error)")
    }
  }

  static func missing(_ name: String) -> Failure {
    let hint =
      if let near = BuiltInGuest.nearest(to: name) { "did you mean \(near.name)?" } else {
        "`swvmm images` lists the built-in ones"
      }
    return Failure(.noImage, "no guest or file \(name): \(hint)")
  }
}
