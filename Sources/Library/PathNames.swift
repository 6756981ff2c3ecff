// Paths as text, directories as lists of names, and `glob`.
import VM

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A path taken apart by its text.
struct PathName {
  /// Without slashes at the end.
  private let path: Substring

  init(_ path: String) {
    var rest = path[...]
    while rest.count > 1 && rest.last == "/" { rest.removeLast() }
    self.path = rest
  }

  var last: String { path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? String(path) }

  /// `.` for a name alone, `/` for what lies in the root.
  var parent: String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : PathName(String(path[..<slash])).text
  }
  private var text: String { String(path) }

  static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// A dot in front is part of the name.
  private var dot: String.Index? {
    let name = last
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
    return dot
  }
  var stem: String { dot.map { String(last[..<$0]) } ?? last }
  var fileExtension: String { dot.map { String(last[$0...]) } ?? "" }
}

/// nil when the directory can't be read; `errno` says why.
func namesInDirectory(_ path: String) -> [String]? {
  guard let directory = opendir(path) else { return nil }
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
      pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
        String(cString: $0)
      }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names
}

/// The order of `sort`: by code points.
func byBytes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }

/// A pattern is taken name by name: the paths found so far, each followed by the names that fit.
struct Glob {
  private let parts: [String]
  private let isAbsolute: Bool
  private let machine: Machine

  init(_ pattern: String, _ machine: Machine) {
    isAbsolute = pattern.hasPrefix("/")
    parts = pattern.split(separator: "/").map(String.init)
    self.machine = machine
  }

  func paths() throws -> [String] {
    var found = [isAbsolute ? "/" : ""]
    for (index, part) in parts.enumerated() {
      var next: [String] = []
      for base in found {
        try machine.pollLimits()
        if part == "**" {
          next += try below(base, isLast: index == parts.count - 1)
        } else if part.contains(where: { "*?[".contains($0) }) {
          for name in namesInDirectory(base.isEmpty ? "." : base) ?? [] where fnmatch(part, name, FNM_PERIOD) == 0 {
            next.append(joined(base, name))
          }
        } else {
          let path = joined(base, part)
          var status = stat()
          if lstat(path, &status) == 0 { next.append(path) }
        }
      }
      // `**` twice reaches the same directory on several ways.
      found = part == "**" ? Array(Set(next)) : next
    }
    return found.filter { !$0.isEmpty }
  }

  private func joined(_ base: String, _ name: String) -> String {
    base.isEmpty || base == "/" ? base + name : base + "/" + name
  }

  /// `base` and all directories below it, or as the last part everything below it; links are not followed.
  private func below(_ base: String, isLast: Bool) throws -> [String] {
    var found = isLast ? [] : [base]
    var pending = [base]
    while let directory = pending.popLast() {
      try machine.pollLimits()
      for name in namesInDirectory(directory.isEmpty ? "." : directory) ?? [] where !name.hasPrefix(".") {
        let path = joined(directory, name)
        var status = stat()
        let isDirectory = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        if isDirectory { pending.append(path) }
        if isDirectory || isLast { found.append(path) }
      }
    }
    return found
  }
}
