// Paths as text, directories as lists of names, and `glob`.
import Diagnostics
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
          let pattern = NamePattern(part)
          for name in try names(base) where pattern.matches(name) {
            next.append(joined(base, name))
          }
        } else {
          let path = joined(base, part)
          var status = stat()
          if lstat(path, &status) == 0, try !isHidden(path) { next.append(path) }
        }
      }
      // `**` twice reaches the same directory on several ways.
      found = part == "**" ? Array(Set(next)) : next
    }
    return found.filter { !$0.isEmpty }
  }

  /// The names in a directory; none where a script may not look.
  private func names(_ base: String) throws -> [String] {
    let path = base.isEmpty ? "." : base
    return try isHidden(path) ? [] : namesInDirectory(path) ?? []
  }

  private func isHidden(_ path: String) throws -> Bool {
    do { _ = try machine.files.readable(path) } catch let problem as Diagnostic {
      guard case .accessDenied = problem.problem else { throw problem }
      return true
    }
    return false
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
      for name in try names(directory) where !name.hasPrefix(".") {
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

/// A name with `*`, `?` and classes `[a-z]`, `[!a-z]`. Where a `*` took too little it takes one more; only the last one
/// need be asked, so the time is at most the product of the two lengths.
struct NamePattern {
  private enum Part {
    case character(UInt32)
    case any
    case star
    case oneOf([ClosedRange<UInt32>], isNegated: Bool)

    func matches(_ code: UInt32) -> Bool {
      switch self {
      case .character(let wanted): wanted == code
      case .any: true
      case .star: false
      case .oneOf(let ranges, let isNegated): ranges.contains { $0.contains(code) } != isNegated
      }
    }
  }
  private var parts: [Part] = []
  private let beginsWithDot: Bool

  init(_ pattern: String) {
    let codes = pattern.unicodeScalars.map(\.value)
    beginsWithDot = pattern.hasPrefix(".")
    var at = 0
    while at < codes.count {
      switch Unicode.Scalar(codes[at]) {
      case "*": parts.append(.star)
      case "?": parts.append(.any)
      case "[":
        if let (part, end) = NamePattern.oneOf(codes, at + 1) {
          parts.append(part)
          at = end
        } else {
          parts.append(.character(codes[at]))
        }
      default: parts.append(.character(codes[at]))
      }
      at += 1
    }
  }

  /// A class from behind its `[`, and the place of its `]`; nil when there is none: the bracket is itself then.
  private static func oneOf(_ codes: [UInt32], _ start: Int) -> (Part, Int)? {
    var at = start
    let isNegated = at < codes.count && (codes[at] == 0x21 || codes[at] == 0x5E)
    if isNegated { at += 1 }
    var ranges: [ClosedRange<UInt32>] = []
    let first = at
    while at < codes.count, codes[at] != 0x5D || at == first {
      if at + 2 < codes.count, codes[at + 1] == 0x2D, codes[at + 2] != 0x5D, codes[at] <= codes[at + 2] {
        ranges.append(codes[at]...codes[at + 2])
        at += 3
      } else {
        ranges.append(codes[at]...codes[at])
        at += 1
      }
    }
    return at < codes.count ? (.oneOf(ranges, isNegated: isNegated), at) : nil
  }

  func matches(_ name: String) -> Bool {
    // A dot in front is hidden from `*` and `?`.
    if name.hasPrefix(".") && !beginsWithDot { return false }
    let codes = name.unicodeScalars.map(\.value)
    var (at, part) = (0, 0)
    var star: (part: Int, at: Int)?
    while at < codes.count {
      if part < parts.count, case .star = parts[part] {
        star = (part, at)
        part += 1
      } else if part < parts.count, parts[part].matches(codes[at]) {
        at += 1
        part += 1
      } else if let last = star {
        star = (last.part, last.at + 1)
        (part, at) = (last.part + 1, last.at + 1)
      } else {
        return false
      }
    }
    while part < parts.count, case .star = parts[part] { part += 1 }
    return part == parts.count
  }
}
