// A hundred mistakes as people make them, put one at a time into copies of real files (faults.txt). `check` has to name
// at least 90 of them, with a place on the line of the mistake.
import Diagnostics
import Testing
import Trellis

@Suite struct FaultTests {
  struct Fault: CustomStringConvertible {
    let group: String
    let file: String
    let text: String
    let replacement: String
    let kinds: [String]
    var description: String { "\(group): \(file): \(text) -> \(replacement)" }
  }

  static func faults() throws -> [Fault] {
    let lines = String(decoding: try Repository.source("Tests/CheckTests/faults.txt").bytes, as: UTF8.self)
    return lines.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line in
      let parts = split(line, " | ")
      guard parts.count == 5 else { return nil }
      return Fault(
        group: parts[0], file: parts[1], text: parts[2], replacement: parts[3],
        kinds: parts[4].split(separator: " ").map(String.init))
    }
  }

  private static func split(_ line: Substring, _ mark: String) -> [String] {
    var parts: [String] = [""]
    var rest = line
    while let first = rest.first {
      if rest.hasPrefix(mark) {
        parts.append("")
        rest = rest.dropFirst(mark.count)
      } else {
        parts[parts.count - 1].append(first)
        rest = rest.dropFirst()
      }
    }
    return parts
  }

  /// The file with the first place of the text replaced, and the line of that place.
  private static func broken(_ fault: Fault) throws -> (source: SourceFile, line: Int)? {
    let source = try Repository.source(fault.file)
    let text = Array(fault.text.utf8)
    guard text.count <= source.bytes.count else { return nil }
    for start in 0...(source.bytes.count - text.count) where Array(source.bytes[start..<start + text.count]) == text {
      var bytes = source.bytes
      bytes.replaceSubrange(start..<start + text.count, with: Array(fault.replacement.utf8))
      return (SourceFile(name: source.name, bytes: bytes), source.line(of: start))
    }
    return nil
  }

  @Test func atLeastNinetyOfAHundredAreFound() throws {
    let faults = try Self.faults()
    #expect(faults.count == 100)
    for group in ["names", "shapes", "types", "misuse"] {
      #expect(faults.filter { $0.group == group }.count == 25)
    }
    var missed: [String] = []
    for fault in faults {
      guard let (source, line) = try Self.broken(fault) else {
        Issue.record("the file has no such text: \(fault)")
        continue
      }
      let found = Engine.check(source)
      let isFound = found.contains { fault.kinds.contains($0.problem.id) && $0.lines(in: source.name).contains(line) }
      if !isFound { missed.append("\(fault) (line \(line)): \(found.map(\.shown))") }
    }
    for fault in missed { print("missed", fault) }
    print("found \(faults.count - missed.count) of \(faults.count)")
    #expect(faults.count - missed.count >= 90)
  }
}
