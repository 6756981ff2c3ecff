// Regular expressions. A pattern is read into a tree (PatternParser), the tree is written as a small program
// (PatternCompiler), and the program runs over the text with all its threads side by side (PatternMatcher): a character
// of the text is looked at once, whatever the pattern, so the time is at most (length of the text) x (size of the
// program). Nothing goes back, so no pattern and no text can make it explode.
//
// Source: Thompson 1968, "Regular expression search algorithm"; Pike's simulation with captures as told by Cox 2009,
// "Regular expression matching: the virtual machine approach".
//
// Read: PatternTree, PatternParser, CharacterSet, PatternCompiler, PatternMatcher, then Library+Patterns.
import Diagnostics

indirect enum PatternTree {
  case empty
  /// A character of its own, as a code point.
  case literal(UInt32)
  case set(CharacterSet)
  case sequence([PatternTree])
  /// The first branch that leads to a match wins.
  case choice([PatternTree])
  /// `most` nil: without an end.
  case repeated(PatternTree, least: Int, most: Int?, isLazy: Bool)
  /// Group `number`, from 1.
  case group(PatternTree, number: Int)
  case place(PatternPlace)
}

/// What holds between two characters.
enum PatternPlace {
  case textStart, textEnd, lineStart, lineEnd, wordEdge, noWordEdge
}

/// `(?ims)` in front of a pattern.
struct PatternOptions {
  var ignoresCase = false
  /// `^` and `$` hold at line ends too.
  var hasLines = false
  /// `.` matches a newline too.
  var dotIsAll = false
}

enum PatternLimit {
  /// Groups inside one another: the parser recurses.
  static let depth = 200
  /// The largest count of `{m,n}`.
  static let count = 1000
  /// Instructions of a program; a count repeats what it counts.
  static let instructions = 20_000
  /// Places of groups that all threads together may hold.
  static let places = 1 << 21
}

/// What is wrong with a pattern, and at which character.
struct PatternProblem: Error {
  let place: Int
  let detail: String
}
