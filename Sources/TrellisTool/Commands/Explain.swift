// `trellis explain`: what a kind of error means.
import Diagnostics

func explainCommand(_ settings: Settings, _ words: [String]) throws -> ExitCode {
  guard let word = words.first else {
    for kind in ProblemKind.allCases { Stream.output.line(kind.rawValue) }
    return .success
  }
  guard words.count == 1 else { throw UsageError("explain takes one kind", hint: "`trellis explain` lists them") }
  // As it stands in a message: `error[shape-mismatch]`.
  let name = word.drop { $0 != "[" }.dropFirst().prefix { $0 != "]" }
  let wanted = name.isEmpty ? word : String(name)
  guard let kind = ProblemKind(rawValue: wanted) else {
    let near = Suggest.near(wanted, among: ProblemKind.allCases.map(\.rawValue)).first
    throw UsageError(
      "there is no kind of error named \(wanted)",
      hint: near.map { "did you mean \($0)?" } ?? "`trellis explain` lists them")
  }
  let entry = kind.explanation
  if settings.json {
    var fields: [(String, JSON)] = [("kind", .string(kind.rawValue)), ("meaning", .string(entry.meaning))]
    if let example = entry.example {
      fields += [("wrong", .string(example.wrong)), ("right", .string(example.right))]
    }
    Stream.output.line(JSON.object(fields).text)
  } else {
    Stream.output.write(entry.text(of: kind))
  }
  return .success
}
