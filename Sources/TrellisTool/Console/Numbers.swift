// Numbers for people: in progress lines, profiles and listings.
import Glibc

/// `value` with so many significant digits, as C's `%g` writes it.
func shortNumber(_ value: Double, digits: Int = 5) -> String {
  var buffer = [CChar](repeating: 0, count: 40)
  let count = withVaList([Int32(digits), value]) { vsnprintf(&buffer, buffer.count, "%.*g", $0) }
  return String(decoding: buffer.prefix(max(0, min(Int(count), 39))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// `512 B`, `1.5 KB`, `20 MB`; powers of 1024.
func byteCount(_ bytes: Int) -> String {
  var value = Double(bytes)
  for unit in ["B", "KB", "MB", "GB"] {
    if value < 1000 { return "\(shortNumber(value, digits: 3)) \(unit)" }
    value /= 1024
  }
  return "\(shortNumber(value, digits: 3)) TB"
}
