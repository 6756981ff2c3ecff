// Writing files so that a reader sees the old file or the new one and nothing between: the bytes go to a new name beside
// the target, which is then renamed. When anything fails (a full disk, no permission) the new name is removed and the
// target is as it was.
import Diagnostics
import VM

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the system said last, about a path.
func fileProblem(_ path: String, doing what: String? = nil, code: Int32 = errno) -> Diagnostic {
  let reason = code == ENOENT ? "there is no such file or directory" : String(cString: strerror(code))
  var help: String?
  if code == ENOENT && !path.hasPrefix("/") { help = currentDirectory().map { "the path was looked up from \($0)" } }
  if code == ENOSPC { help = "the disk is full; the file is as it was" }
  return Diagnostic(.fileProblem(path: path, detail: what.map { "\($0): \(reason)" } ?? reason), at: nil, help: help)
}

enum FileWriting {
  /// Replaces the file at `path` by `bytes`. What is no regular file (a device, a pipe) is written to directly.
  static func replace(_ path: String, with bytes: UnsafeBufferPointer<UInt8>, machine: Machine) throws {
    let target = resolved(try machine.files.writable(path))
    var status = stat()
    let exists = stat(target, &status) == 0
    if exists && status.st_mode & S_IFMT == S_IFDIR { throw fileProblem(path, code: EISDIR) }
    if exists && status.st_mode & S_IFMT != S_IFREG {
      let descriptor = open(target, O_WRONLY | O_CLOEXEC)
      if descriptor < 0 { throw fileProblem(path) }
      defer { close(descriptor) }
      return try write(bytes, to: descriptor, path, machine)
    }
    // The mode that the user's mask gives, or that of the old file.
    let (name, descriptor) = try freshFile(beside: target, path)
    do {
      if exists { fchmod(descriptor, status.st_mode & 0o7777) }
      try write(bytes, to: descriptor, path, machine)
    } catch {
      close(descriptor)
      unlink(name)
      throw error
    }
    // Some file systems tell only here that there was no room.
    if close(descriptor) != 0 || rename(name, target) != 0 {
      let code = errno
      unlink(name)
      throw fileProblem(path, code: code)
    }
  }

  /// Adds bytes to the end of a file, which is made if need be. If that fails it has its old length again.
  static func append(_ bytes: UnsafeBufferPointer<UInt8>, to path: String, machine: Machine) throws {
    let descriptor = open(try machine.files.writable(path), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw fileProblem(path) }
    defer { close(descriptor) }
    var status = stat()
    let hasLength = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    do { try write(bytes, to: descriptor, path, machine) } catch {
      if hasLength { _ = ftruncate(descriptor, status.st_size) }
      throw error
    }
  }

  /// Where a link leads to, so that it is the file that is replaced and not the link.
  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  private static func freshFile(beside target: String, _ path: String) throws -> (name: String, descriptor: Int32) {
    for attempt in 0..<1000 {
      let name = "\(target).\(getpid())-\(attempt).part"
      let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0 { return (name, descriptor) }
      if errno != EEXIST { throw fileProblem(path) }
    }
    throw fileProblem(path, code: EEXIST)
  }

  private static func write(
    _ bytes: UnsafeBufferPointer<UInt8>, to descriptor: Int32, _ path: String, _ machine: Machine
  ) throws {
    guard let base = bytes.baseAddress else { return }
    var done = 0
    while done < bytes.count {
      let put = systemWrite(descriptor, base + done, min(bytes.count - done, 1 << 20))
      if put < 0 {
        if errno == EINTR { continue }
        throw fileProblem(path)
      }
      done += put
      try machine.pollLimits()
    }
  }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
