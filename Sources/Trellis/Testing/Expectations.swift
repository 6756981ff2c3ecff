// What a script says on its own lines about what it does, and how that is held against what it did:
//
//     print(1 + 2)          # expect: 3              the next line of output; several for one print follow below it
//     let y = 1 + "a"       # error wrong-type       the problem of that kind on this line, when compiled or run
//     # exit 1              the exit code, where it is neither 0 nor that of the error
//     # arguments: --lr 0.3 rest                     the words behind the file's name
//
// Output is compared only if at least one `expect` stands in the script. Problems are always compared: one that is
// expected must come and no other may.
import Diagnostics

package struct Expectations: Sendable {
  package struct Line: Sendable {
    package let number: Int
    package let text: String
  }
  package private(set) var output: [Line] = []
  package private(set) var errors: [Line] = []
  package private(set) var exitCode: Int?
  package private(set) var arguments: [String] = []

  package var isEmpty: Bool { output.isEmpty && errors.isEmpty && exitCode == nil }

  /// Reads the comments of a script; those of doc comments (`##`) belong to the examples there.
  package init(_ source: SourceFile) {
    for (index, line) in source.textLines.enumerated() where !line.drop(while: { $0 == " " }).hasPrefix("##") {
      let number = index + 1
      if let text = Expectations.text(behind: "# expect:", in: line) {
        output.append(Line(number: number, text: trimmedEnd(text.hasPrefix(" ") ? text.dropFirst() : text)))
      }
      if let text = Expectations.text(behind: "# error ", in: line) {
        for kind in text.split(separator: " ") { errors.append(Line(number: number, text: String(kind))) }
      }
      if let text = Expectations.text(behind: "# exit ", in: line) { exitCode = Int(trimmedEnd(text)) }
      if let text = Expectations.text(behind: "# arguments:", in: line) {
        arguments += text.split(separator: " ").map(String.init)
      }
    }
  }

  private static func text(behind mark: String, in line: Substring) -> Substring? {
    var rest = line
    while let hash = rest.firstIndex(of: "#") {
      if rest[hash...].hasPrefix(mark) { return rest[hash...].dropFirst(mark.count) }
      rest = rest[rest.index(after: hash)...]
    }
    return nil
  }

  /// What differs, one entry each as `line: text`; nothing if all came as expected.
  package func differences(
    output printed: String, diagnostics: [Diagnostic], exitCode code: Int
  ) -> [(line: Int, text: String)] {
    var found = errorDifferences(diagnostics)
    if !output.isEmpty { found += outputDifferences(printed) }
    if let exitCode, exitCode != code { found.append((1, "expected exit code \(exitCode), got \(code)")) }
    return found.sorted { $0.line < $1.line }
  }

  private func outputDifferences(_ printed: String) -> [(line: Int, text: String)] {
    var lines = printed.split(separator: "\n", omittingEmptySubsequences: false).map { trimmedEnd($0) }
    if lines.last == "" { lines.removeLast() }
    // One report, at the first difference: after it the lines may be out of step.
    let wanted = output.map(\.text)
    guard
      let first = (0..<max(lines.count, wanted.count)).first(where: { index in
        index >= lines.count || index >= wanted.count || lines[index] != wanted[index]
      })
    else { return [] }
    let line = output[min(first, output.count - 1)].number
    if lines.count == wanted.count, lines.indices.filter({ lines[$0] != wanted[$0] }).count == 1 {
      return [(line, "expected `\(wanted[first])`, got `\(lines[first])`")]
    }
    if lines.count + 1 == wanted.count, first == lines.count {
      return [(line, "expected `\(wanted[first])`, but no more was printed")]
    }
    return [
      (line, "the output differs (- expected, + printed):\n" + LineDifference.text(expected: wanted, found: lines))
    ]
  }

  private func errorDifferences(_ diagnostics: [Diagnostic]) -> [(line: Int, text: String)] {
    var missing = errors
    var found: [(line: Int, text: String)] = []
    for diagnostic in diagnostics where diagnostic.severity == .error {
      let line = diagnostic.span.map { $0.source.location($0.start).line } ?? 1
      if let index = missing.firstIndex(where: { $0.number == line && $0.text == diagnostic.problem.id }) {
        missing.remove(at: index)
      } else {
        found.append((line, "unexpected problem:\n" + Renderer().text(diagnostic)))
      }
    }
    return found + missing.map { ($0.number, "expected the problem \($0.text), which did not come") }
  }
}

/// Without spaces at the end.
func trimmedEnd(_ text: some StringProtocol) -> String {
  var end = text.endIndex
  while end > text.startIndex, text[text.index(before: end)].isWhitespace { end = text.index(before: end) }
  return String(text[..<end])
}

extension SourceFile {
  /// The lines of the text, without their newlines.
  var textLines: [Substring] {
    lineStarts.indices.map { index in
      let end = index + 1 < lineStarts.count ? lineStarts[index + 1] - 1 : bytes.count
      return Substring(String(decoding: bytes[lineStarts[index]..<end], as: UTF8.self))
    }
  }
}
