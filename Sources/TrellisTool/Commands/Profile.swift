// `--profile`: what the engine counted, as a table for people or as lines of JSON.
import Trellis

private let shownLines = 20

func showProfile(_ profile: Engine.Profile, json: Bool) {
  if json {
    Stream.error.line(
      JSON.object([
        ("type", .string("profile")), ("plansBuilt", .integer(profile.plansBuilt)),
        ("plansReused", .integer(profile.plansReused)), ("operations", .integer(profile.operations)),
      ]).text)
    for line in profile.lines {
      Stream.error.line(
        JSON.object([
          ("type", .string("profile-line")), ("file", .string(line.file)), ("line", .integer(line.line)),
          ("running", .number(line.running)), ("computing", .number(line.computing)), ("bytes", .integer(line.bytes)),
        ]).text)
    }
    return
  }
  Stream.error.line(
    "plans: \(profile.plansBuilt) built, \(profile.plansReused) reused; \(profile.operations) tensor operations")
  guard !profile.lines.isEmpty else { return }
  Stream.error.line("   running  computing     bytes  (time while the line ran; tensor work that it asked for)")
  for line in profile.lines.prefix(shownLines) {
    let bytes = line.bytes == 0 ? "" : byteCount(line.bytes)
    let columns = [(seconds(line.running), 10), (seconds(line.computing), 11), (bytes, 10)]
    let text = columns.map { String(repeating: " ", count: max(0, $1 - $0.count)) + $0 }.joined()
    Stream.error.line("\(text)  \(line.file):\(line.line)  \(line.text.prefix(80))")
  }
  if profile.lines.count > shownLines { Stream.error.line("  and \(profile.lines.count - shownLines) more lines") }
}

private func seconds(_ value: Double) -> String {
  value == 0 ? "" : value < 1 ? "\(shortNumber(value * 1e3, digits: 3)) ms" : "\(shortNumber(value, digits: 3)) s"
}
