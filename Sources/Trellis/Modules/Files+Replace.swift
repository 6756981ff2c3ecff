// Files replaced as a whole: written under a temporary name beside the old one and renamed, so that a reader sees the old
// content or the new one, and a full disk leaves the old one.
import Diagnostics
import Glibc

extension Files {
  /// Gives the file at `path` (what a link points to) the content `bytes` and keeps its permissions; a new file gets
  /// `mode`. Throws `file-problem`.
  package static func replace(_ path: String, with bytes: [UInt8], mode: UInt32 = 0o644) throws {
    let target = canonical(path)
    var status = stat()
    let permissions = stat(target, &status) == 0 ? status.st_mode & 0o7777 : mode
    var name = Array((target + ".XXXXXX").utf8CString)
    let descriptor = mkstemp(&name)
    if descriptor < 0 { throw problem(path, errno) }
    var failure: Int32 = 0
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { all in
        Glibc.write(descriptor, all.baseAddress.map { $0 + written }, all.count - written)
      }
      if count > 0 {
        written += count
      } else if errno != EINTR {
        failure = errno
        break
      }
    }
    if failure == 0, fchmod(descriptor, permissions) != 0 || fsync(descriptor) != 0 { failure = errno }
    if close(descriptor) != 0, failure == 0 { failure = errno }
    if failure == 0, rename(name, target) != 0 { failure = errno }
    if failure != 0 {
      unlink(name)
      throw problem(path, failure)
    }
  }

  /// Makes a folder and those above it; one that is there is kept. Throws `file-problem`.
  package static func makeFolder(_ path: String) throws {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += made.isEmpty || made.hasSuffix("/") ? String(part) : "/\(part)"
      if mkdir(made, 0o777) != 0, errno != EEXIST { throw problem(made, errno) }
    }
    if !isFolder(path) { throw problem(path, ENOTDIR) }
  }

  private static func problem(_ path: String, _ code: Int32) -> Diagnostic {
    Diagnostic(.fileProblem(path: path, detail: String(cString: strerror(code))), at: nil)
  }
}
