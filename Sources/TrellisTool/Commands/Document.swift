// `trellis doc NAME`: what a name does. `trellis doc --html DIR`: the manual.
import Diagnostics
import Trellis

func documentCommand(_ settings: Settings, _ names: [String]) throws -> ExitCode {
  if let folder = settings.manualFolder {
    if let name = names.first { throw UsageError("--html writes the whole manual; leave \(name) out") }
    do {
      try Manual(standardDirectory: environment("TRELLIS_STDLIB")).write(to: folder)
    } catch let problem as Diagnostic {
      throw UsageError(problem.problem.message)
    }
    return .success
  }
  guard let name = names.first, names.count == 1 else {
    throw UsageError(
      "doc needs one name", hint: "trellis doc NAME, such as `trellis doc softmax` or `trellis doc nn.mlp`")
  }
  return showDocumentation(name) ? .success : .failed
}

/// Writes what `name` does; says so if nobody knows it. False then.
func showDocumentation(_ name: String) -> Bool {
  let index: DocumentationIndex
  do {
    index = try DocumentationIndex(standardDirectory: environment("TRELLIS_STDLIB"))
  } catch {
    Stream.error.line("\((error as? Diagnostic)?.problem.message ?? "\(error)")")
    return false
  }
  let found = index.find(name)
  if found.isEmpty, let page = try? ManualText.page(about: name, standardDirectory: environment("TRELLIS_STDLIB")) {
    Stream.output.write(page.text)
    return true
  }
  for (number, entry) in found.enumerated() {
    if number > 0 { Stream.output.line("") }
    Stream.output.write(entry.text)
  }
  if found.isEmpty {
    let near = index.near(name).map { "`\($0)`" }.joined(separator: ", ")
    Stream.error.line("there is nothing named \(name)" + (near.isEmpty ? "" : "; near it: \(near)"))
  }
  return !found.isEmpty
}
