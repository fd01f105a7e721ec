import LinuxHost
import VMM

/// Finds the image that a user names.
enum GuestFile {
  /// The most that is taken through a pipe, which must be held whole.
  private static let pipeMax = 64 << 20

  /// The built-in guest of that name, or the image in that file.
  ///
  /// A built-in name comes first; `./hello` is always a file.
  ///
  /// - Parameters:
  ///   - name: The guest's, or a file's, or a pipe's.
  ///   - forced: The boot protocol to use whatever the file looks like.
  ///   - timeout: How long to wait for a pipe, in nanoseconds.
  /// - Returns: The image, checked.
  /// - Throws: Why it is none, or cannot be read, with the status that says so.
  static func image(
    of name: String, forcing forced: BootProtocol?, timeout: UInt64
  ) throws(Failure) -> BootImage {
    do {
      if let guest = BuiltInGuest.named(name) { return try BootImage(guest.file, forcing: forced) }
      switch try InputFile(opening: name) {
      case .regular(let file): return try BootImage(reading: file, forcing: forced)
      case .pipe(let pipe):
        return try BootImage(contents(of: pipe, timeout), forcing: forced)
      }
    } catch let error as SystemError {
      throw Failure(error, opening: name)
    } catch let error as ImageError {
      throw Failure(.image(error), image: name)
    } catch {
      preconditionFailure("no other error is thrown above: \(error)")
    }
  }

  /// All that comes through a pipe within the time.
  private static func contents(of pipe: borrowing InputPipe, _ timeout: UInt64) throws -> [UInt8] {
    let deadline = MonotonicClock.now() &+ timeout
    guard let bytes = try pipe.contents(limit: pipeMax, until: deadline) else {
      throw ImageError.pipeTooLong(limit: pipeMax)
    }
    return bytes
  }

  /// Gives an image an initial RAM disk.
  ///
  /// - Parameters:
  ///   - name: A file's, or a pipe's.
  ///   - image: The image.
  ///   - timeout: How long to wait for a pipe, in nanoseconds.
  /// - Throws: Why it cannot be had, with the status that says so.
  static func attach(
    ramDisk name: String, to image: inout BootImage, timeout: UInt64
  ) throws(Failure) {
    do {
      switch try InputFile(opening: name) {
      case .regular(let file): try image.attachRAMDisk(reading: file)
      case .pipe(let pipe):
        try image.attachRAMDisk(contents(of: pipe, timeout))
      }
    } catch let error as SystemError {
      throw Failure(reading: error)
    } catch let error as ImageError {
      throw Failure(.image(error), image: name)
    } catch {
      preconditionFailure("no other error is thrown above: \(error)")
    }
  }

  /// The files that a guest is given.
  ///
  /// - Parameters:
  ///   - names: Of files or pipes.
  ///   - timeout: How long to wait for a pipe, in nanoseconds.
  /// - Returns: The modules, in that order.
  /// - Throws: Why one cannot be read, with the status that says so.
  static func modules(_ names: [String], timeout: UInt64) throws(Failure) -> [BootModule] {
    // Before any is opened: each takes a descriptor.
    try requireFewModules(names.count)
    return try names.map { (name) throws(Failure) in
      do {
        switch try InputFile(opening: name) {
        case .regular(let file): return BootModule(reading: file, name: [UInt8](name.utf8))
        case .pipe(let pipe):
          return BootModule(try contents(of: pipe, timeout), name: [UInt8](name.utf8))
        }
      } catch let error as SystemError {
        throw Failure(reading: error)
      } catch let error as ImageError {
        throw Failure(.badImage, "\(name): \(error)")
      } catch {
        preconditionFailure("no other error is thrown above: \(error)")
      }
    }
  }

  /// Demands that there are not more modules than a guest can have.
  ///
  /// - Throws: ``Failure`` that says how many there are.
  static func requireFewModules(_ count: Int) throws(Failure) {
    guard count <= BootModule.countMax else {
      throw Failure(.badImage, "--module: \(ImageError.tooManyModules(count))")
    }
  }

  /// What Multiboot's command line begins with: the image's name without its folders, as one word.
  static func firstWord(of name: String) -> [UInt8] {
    let last = name.utf8.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? []
    return last.map { $0 == UInt8(ascii: " ") ? UInt8(ascii: "_") : $0 }
  }

  static func missing(_ name: String) -> Failure {
    guard !name.isEmpty else {
      return Failure(.noImage, "the image's name is empty; `swvmm images` lists the built-in ones")
    }
    let hint =
      question(about: name, among: BuiltInGuest.all.map(\.name))
      ?? "`swvmm images` lists the built-in ones"
    return Failure(.noImage, "no guest or file \(name): \(hint)")
  }
}

extension Failure {
  fileprivate init(_ error: SystemError, opening name: String) {
    switch error.errno {
    case .isDirectory: self.init(.badImage, "\(name) is a directory, not an image")
    case .invalidArgument: self.init(.badImage, "\(name) is neither a file nor a pipe")
    case .notFound: self = GuestFile.missing(name)
    default: self.init(reading: error)
    }
  }
}
