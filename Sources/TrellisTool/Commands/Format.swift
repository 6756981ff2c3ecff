// `trellis fmt`: lays out scripts, or says which of them are not laid out.
import Diagnostics
import Trellis

func formatCommand(_ settings: Settings, _ paths: [String]) throws -> ExitCode {
  if paths.isEmpty { throw UsageError("fmt needs files or folders", hint: "trellis fmt FILE...") }
  let console = Console(json: settings.json)
  var code = ExitCode.success
  for path in paths.flatMap({ $0 == "-" ? [$0] : Files.below($0, endings: [".trl"]) }) {
    let source = try readScript(path)
    do {
      let text = try ScriptLayout.format(source)
      if path == "-" && !settings.checks {
        Stream.output.write(String(decoding: text, as: UTF8.self))
      } else if text != source.bytes {
        if settings.checks {
          Stream.output.line(
            settings.json ? JSON.object([("type", .string("fmt")), ("file", .string(path))]).text : path)
          if code == .success { code = .failed }
        } else {
          try Files.replace(path, with: text)
        }
      }
    } catch let problems as ScriptLayout.Problems {
      console.problems(problems.diagnostics)
      code = .doesNotCompile
    } catch let problem as Diagnostic {
      console.problems([problem])
      code = .failed
    }
  }
  Stream.output.flush()
  return code
}
