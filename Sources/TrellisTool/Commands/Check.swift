// `trellis check`: problems of scripts and documents, found without running them.
import Diagnostics
import Trellis

func checkCommand(_ settings: Settings, _ paths: [String]) throws -> ExitCode {
  guard !paths.isEmpty else { throw UsageError("check needs a script", hint: "trellis check PATH...") }
  var found: [Diagnostic] = []
  for path in paths.flatMap({ Files.below($0, endings: [".trl", ".md"]) }) {
    found += Engine.check(try readScript(path), standardLibrary: environment("TRELLIS_STDLIB"))
  }
  let errors = found.filter { $0.severity == .error }.count
  if settings.json {
    Stream.output.write(Renderer.json(found))
  } else {
    Stream.error.write(Renderer(colour: Stream.error.isColoured).text(found))
    let warnings = found.count - errors
    if errors + warnings > 0 {
      Stream.error.line("\n\(count(errors, "error")), \(count(warnings, "warning"))")
    }
  }
  return errors == 0 ? .success : .doesNotCompile
}

private func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
