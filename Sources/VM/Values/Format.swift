// Format specifications, as in `"{x:8.3f}"`: `[[fill]align][sign][0][width][,][.precision][type]` with align one of
// `< > ^`, sign `+` or a space, and type one of `d f e g % x b s`. Text is parsed once per use; a literal's
// specification can be parsed ahead with `FormatSpec(parsing:)`.
import Diagnostics
import Tensor

package struct FormatSpec: Sendable {
  package var fill: [UInt8] = [UInt8(ascii: " ")]
  /// `<`, `>`, `^`, or 0: numbers to the right, the rest to the left.
  package var align: UInt8 = 0
  package var sign: UInt8 = UInt8(ascii: "-")
  package var zeroPadded = false
  package var width = 0
  package var thousands = false
  package var precision: Int?
  /// 0: as `print` shows it.
  package var type: UInt8 = 0

  package static let longest = 1 << 16

  /// nil when `text` is no specification.
  package init?(parsing text: String) {
    let bytes = Array(text.utf8)
    var at = 0
    func isAlign(_ byte: UInt8) -> Bool { byte == 0x3C || byte == 0x3E || byte == 0x5E }
    // A fill is one character of any length in bytes, in front of an align.
    if let first = text.unicodeScalars.first {
      let length = String(first).utf8.count
      if bytes.count > length, isAlign(bytes[length]) {
        fill = Array(bytes[0..<length])
        align = bytes[length]
        at = length + 1
      } else if isAlign(bytes[0]) {
        align = bytes[0]
        at = 1
      }
    }
    if at < bytes.count,
      bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: " ") || bytes[at] == UInt8(ascii: "-")
    {
      sign = bytes[at]
      at += 1
    }
    if at < bytes.count, bytes[at] == UInt8(ascii: "0") {
      zeroPadded = true
      at += 1
    }
    func number() -> Int? {
      let start = at
      var value = 0
      while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39, value <= FormatSpec.longest {
        value = value * 10 + Int(bytes[at] - 0x30)
        at += 1
      }
      return at == start ? nil : value
    }
    width = number() ?? 0
    if at < bytes.count, bytes[at] == UInt8(ascii: ",") {
      thousands = true
      at += 1
    }
    if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
      at += 1
      guard let digits = number() else { return nil }
      precision = digits
    }
    if at < bytes.count {
      guard "dfeg%xbs".utf8.contains(bytes[at]) else { return nil }
      type = bytes[at]
      at += 1
    }
    if at != bytes.count || width > FormatSpec.longest || (precision ?? 0) > 1000 { return nil }
  }
}

extension Heap {
  package func format(_ value: Value, spec: String) throws -> String {
    guard let parsed = FormatSpec(parsing: spec) else { throw badSpec(spec) }
    var buffer = TextBuffer()
    defer { buffer.free() }
    try format(value, parsed, into: &buffer)
    return buffer.string
  }

  package func badSpec(_ spec: String) -> Diagnostic {
    Diagnostic(
      .badValue(operation: "a format", detail: "`\(spec)` is no format"), at: nil,
      help: "examples: `.3f`, `8.2e`, `,d`, `>10`, `+.1%`, `05d`")
  }

  /// Appends `value` (borrowed) as `spec` says. Lists and tensors are formatted number by number when `spec` has a
  /// number type.
  package func format(_ value: Value, _ spec: FormatSpec, into buffer: inout TextBuffer) throws {
    switch value.tag {
    case .tensor where tensorNode(value).rank == 0:
      return try format(number(fromScalar: value), spec, into: &buffer)
    case .int, .float: try formatNumber(value, spec, into: &buffer)
    default:
      if spec.type != 0 && spec.type != UInt8(ascii: "s") {
        throw Diagnostic(
          .wrongType(
            operation: "the format `\(String(UnicodeScalar(spec.type)))`", expected: "a number", found: typeName(value)),
          at: nil)
      }
      let start = buffer.count
      try display(value, into: &buffer)
      if let precision = spec.precision { truncate(&buffer, from: start, characters: precision) }
      pad(&buffer, from: start, spec, numeric: false)
    }
  }

  private func truncate(_ buffer: inout TextBuffer, from start: Int, characters: Int) {
    var seen = 0
    var at = start
    while at < buffer.count {
      if buffer.bytes[at] & 0xC0 != 0x80 {
        if seen == characters { break }
        seen += 1
      }
      at += 1
    }
    buffer.truncate(to: at)
  }

  private func formatNumber(_ value: Value, _ spec: FormatSpec, into buffer: inout TextBuffer) throws {
    let start = buffer.count
    let isNegative = value.tag == .int ? value.int < 0 : (value.float.sign == .minus && !value.float.isNaN)
    if isNegative {
      buffer.append(byte: UInt8(ascii: "-"))
    } else if spec.sign != UInt8(ascii: "-") {
      buffer.append(byte: spec.sign)
    }
    let digits = buffer.count
    let magnitude = value.tag == .int ? Double(value.int.magnitude) : value.float.magnitude
    if value.tag == .float && !value.float.isFinite {
      buffer.append(value.float.isNaN ? "nan" : "inf")
      pad(&buffer, from: start, spec, numeric: true)
      return
    }
    switch spec.type {
    case UInt8(ascii: "d"), UInt8(ascii: "x"), UInt8(ascii: "b"):
      let whole: UInt
      if value.tag == .int {
        whole = value.int.magnitude
      } else if let exact = UInt(exactly: magnitude) {
        whole = exact
      } else {
        throw Diagnostic(
          .wrongType(
            operation: "the format `\(String(UnicodeScalar(spec.type)))`", expected: "an integer",
            found: typeName(value)), at: nil, help: "`.0f` rounds")
      }
      let radix = spec.type == UInt8(ascii: "x") ? 16 : (spec.type == UInt8(ascii: "b") ? 2 : 10)
      buffer.append(String(whole, radix: radix))
    case UInt8(ascii: "f"), UInt8(ascii: "e"), UInt8(ascii: "g"):
      buffer.append(magnitude, conversion: spec.type, precision: spec.precision ?? 6)
    case UInt8(ascii: "%"):
      buffer.append(magnitude * 100, conversion: UInt8(ascii: "f"), precision: spec.precision ?? 6)
    default:
      if let precision = spec.precision {
        buffer.append(magnitude, conversion: UInt8(ascii: "g"), precision: max(1, precision))
      } else if value.tag == .int {
        buffer.append(String(value.int.magnitude))
      } else {
        buffer.append(magnitude)
      }
    }
    if spec.thousands { groupThousands(&buffer, from: digits) }
    if spec.type == UInt8(ascii: "%") { buffer.append(byte: UInt8(ascii: "%")) }
    if spec.zeroPadded && spec.align == 0 {
      buffer.insert(UInt8(ascii: "0"), times: spec.width - (buffer.count - start), at: digits)
    }
    pad(&buffer, from: start, spec, numeric: true)
  }

  private func groupThousands(_ buffer: inout TextBuffer, from digits: Int) {
    var end = digits
    while end < buffer.count, buffer.bytes[end] >= 0x30, buffer.bytes[end] <= 0x39 { end += 1 }
    var at = end - 3
    while at > digits {
      buffer.insert(UInt8(ascii: ","), times: 1, at: at)
      at -= 3
    }
  }

  private func pad(_ buffer: inout TextBuffer, from start: Int, _ spec: FormatSpec, numeric: Bool) {
    var length = 0
    for at in start..<buffer.count where buffer.bytes[at] & 0xC0 != 0x80 { length += 1 }
    let missing = spec.width - length
    if missing <= 0 { return }
    let align = spec.align != 0 ? spec.align : UInt8(ascii: numeric ? ">" : "<")
    let left = align == UInt8(ascii: ">") ? missing : (align == UInt8(ascii: "^") ? missing / 2 : 0)
    let fill = spec.zeroPadded && spec.align == 0 && numeric ? [UInt8(ascii: "0")] : spec.fill
    for _ in 0..<left {
      for (offset, byte) in fill.enumerated() { buffer.insert(byte, times: 1, at: start + offset) }
    }
    for _ in 0..<(missing - left) { for byte in fill { buffer.append(byte: byte) } }
  }
}
