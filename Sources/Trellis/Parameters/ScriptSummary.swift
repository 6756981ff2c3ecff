// What a script's text says about it without being run: its `##` lines and its params.
import Diagnostics
import Syntax

package struct ScriptSummary: Sendable {
  /// The `##` lines at the top of the file.
  package let documentation: String?
  package let parameters: [ScriptParameter]

  package init(_ source: SourceFile) { self.init(Parser.parse(source).module) }

  init(_ module: Module) {
    documentation = module.documentation
    parameters = ScriptParameter.declared(in: module)
  }
}
