// The canonical layout of a script. Line breaks are the author's; everything else follows from the tokens:
//
//   - four spaces a level, one space round operators and behind commas, none inside brackets, one in the braces of a
//     block; an index or size that is a name or number plus or minus another is written tight: `v[t-1, s]`;
//   - a bracket with a line break of its own in it is *open*: its content stands on lines of its own, one level deeper,
//     with a comma behind the last item; a block with any line break in it likewise, and with it the other arms of its
//     `if` or `try`;
//   - a line of more than 120 columns is broken: at commas, at the loosest operator, by opening a bracket;
//   - at most one empty line; columns of `=`, of field values and of comments stay aligned where they were.
//
// Order to read: Atom (tokens with their comments), Layout (groups, indentation), Layout+Open (which brackets are
// open), Layout+Spaces, Layout+Break (long lines), Layout+Text (alignment and the text).
//
// Invariant: the text that comes out has the same tree and the same comments, and is its own layout. It is parsed again
// before anybody gets it.
import Diagnostics

package enum Formatter {
  static let step = 4

  /// The text of `source` in canonical layout, in lines of at most `width` columns where there is a place to break
  /// them; throws the problems of a text that does not parse.
  ///
  /// Columns that a first layout brings nearer to each other may be aligned by a second one, so it is repeated until
  /// nothing changes.
  package static func format(_ source: SourceFile, width: Int = 120) throws(FormatProblems) -> [UInt8] {
    var text = try pass(source, width)
    for _ in 0..<mostPasses {
      let next = try pass(SourceFile(name: source.name, bytes: text), width)
      if next == text { break }
      text = next
    }
    return text
  }
  private static let mostPasses = 4

  private static func pass(_ source: SourceFile, _ width: Int) throws(FormatProblems) -> [UInt8] {
    var marks: LayoutMarks? = LayoutMarks()
    let (module, diagnostics) = Parser.parse(source, marks: &marks)
    guard diagnostics.isEmpty, let marks else { throw FormatProblems(diagnostics: diagnostics) }
    var layout = Layout(source, marks, maximumWidth: width)
    layout.openBrackets()
    layout.breakLongLines()
    let text = layout.text()
    let (again, problems) = Parser.parse(SourceFile(name: source.name, bytes: text))
    guard problems.isEmpty, again.dump == module.dump else {
      throw FormatProblems(diagnostics: [
        Diagnostic(
          .internalError("the layout of \(source.name) would change its meaning; it is left as it was"), at: nil)
      ])
    }
    return text
  }
}

/// Why a text has no layout.
package struct FormatProblems: Error {
  package let diagnostics: [Diagnostic]
}
