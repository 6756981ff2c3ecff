// Files for the tests of `check`, relative to the repository's root.
import Diagnostics
import Trellis

enum Repository {
  static let root: String = {
    var folder = #filePath
    for _ in 0..<3 { folder = folder.lastIndex(of: "/").map { String(folder[..<$0]) } ?? "." }
    return folder
  }()

  static func source(_ path: String) throws -> SourceFile {
    SourceFile(name: "\(root)/\(path)", bytes: try Files.read("\(root)/\(path)"))
  }

  /// All files below some paths whose names end so.
  static func files(_ paths: [String], endings: [String] = [".trl"]) -> [String] {
    paths.flatMap { Files.below("\(root)/\($0)", endings: endings) }.map { String($0.dropFirst(root.utf8.count + 1)) }
  }
}

extension Diagnostic {
  var shown: String {
    let place = span.map { "\($0.source.name):\($0.source.location($0.start).line): " } ?? ""
    return "\(place)\(severity.rawValue)[\(problem.id)] \(problem.message)"
  }

  /// Lines that the diagnostic points at in a file: its own and those of its notes.
  func lines(in name: String) -> Set<Int> {
    let spans = [span].compactMap { $0 } + labels.map(\.span)
    return Set(spans.filter { $0.source.name == name }.map { $0.source.location($0.start).line })
  }
}
