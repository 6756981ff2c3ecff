// The canonical layout of scripts, for tools; `Formatter` says what it is.
import Diagnostics
import Syntax

package enum ScriptLayout {
  /// Why a script has no layout: what is wrong with its syntax.
  package typealias Problems = FormatProblems

  /// The text of a script in canonical layout. Throws `Problems`.
  package static func format(_ source: SourceFile) throws(Problems) -> [UInt8] { try Formatter.format(source) }
}
