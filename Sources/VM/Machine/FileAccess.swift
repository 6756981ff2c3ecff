// Which paths a script may read and write. Roots are folders; a path is inside a root if the place that it leads to, with
// every link and every `..` followed, lies below the root. A file that is still to be written is judged by its folder.
//
// What opens a file asks `Machine.readablePath` or `writablePath` first and opens the path that it is given: that one has
// no links any more.
import Diagnostics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

package struct FileAccess: Sendable {
  package struct Root: Sendable {
    /// Without links and dots.
    let path: String
    let allowsWriting: Bool

    /// nil if there is no such folder.
    package init?(_ path: String, allowsWriting: Bool) {
      guard let real = FileAccess.real(path) else { return nil }
      self.path = real
      self.allowsWriting = allowsWriting
    }

    fileprivate func holds(_ place: String) -> Bool {
      place == path || path == "/" || place.hasPrefix(path + "/")
    }
  }

  /// nil: every path.
  private let roots: [Root]?

  package static let everything = FileAccess(roots: nil)
  package init(roots: [Root]) { self.init(roots: .some(roots)) }
  private init(roots: [Root]?) { self.roots = roots }

  /// The path to open for reading; throws `access-denied` outside the roots and `file-problem` for what is neither a file
  /// nor a folder.
  package func readable(_ path: String) throws -> String {
    guard let roots else { return path }
    let place = try FileAccess.place(path)
    guard roots.contains(where: { $0.holds(place) }) else { throw FileAccess.denied("reading `\(path)`") }
    // A pipe or a device could keep the engine waiting for ever.
    var status = stat()
    if stat(place, &status) == 0, status.st_mode & S_IFMT != S_IFREG, status.st_mode & S_IFMT != S_IFDIR {
      throw Diagnostic(.fileProblem(path: path, detail: "this is no regular file"), at: nil)
    }
    return place
  }

  /// The path to open for writing; throws `access-denied` outside the roots that allow it.
  package func writable(_ path: String) throws -> String {
    guard let roots else { return path }
    let place = try FileAccess.place(path)
    guard roots.contains(where: { $0.allowsWriting && $0.holds(place) }) else {
      throw FileAccess.denied("writing `\(path)`")
    }
    return place
  }

  private static func denied(_ what: String) -> Diagnostic {
    Diagnostic(.accessDenied(what: what, capability: Capability.files.rawValue), at: nil)
  }

  /// Where a path leads, also if the file (or folders above it) are still to be made. A name that is a link to nowhere
  /// leads where nobody knows: it is denied.
  private static func place(_ path: String) throws -> String {
    if path.utf8.contains(0) { throw denied("the path \(path.debugDescription)") }
    var known = path
    var rest: [Substring] = []
    while true {
      if let real = real(known.isEmpty ? "." : known) {
        return ([real == "/" ? "" : real] + rest.reversed().map(String.init)).joined(separator: "/")
      }
      var status = stat()
      if lstat(known, &status) == 0 { throw denied("the link `\(path)`") }
      let parts = known.split(separator: "/")
      guard let last = parts.last, last != "..", last != "." else { throw denied("the path `\(path)`") }
      rest.append(last)
      known = (known.hasPrefix("/") ? "/" : "") + parts.dropLast().joined(separator: "/")
    }
  }

  /// The path without links and dots; nil if it leads nowhere.
  fileprivate static func real(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
