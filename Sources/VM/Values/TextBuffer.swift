// A growing buffer of UTF-8 that everything which makes text writes to: interpolation, print, join, formats.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

package struct TextBuffer {
  private(set) var bytes: UnsafeMutablePointer<UInt8>
  package private(set) var count = 0
  private var capacity: Int

  package init(capacity: Int = 256) {
    bytes = .allocate(capacity: capacity)
    self.capacity = capacity
  }

  /// The owner calls this once; the buffer has no other owner to do it.
  package func free() { bytes.deallocate() }

  package var utf8: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: bytes, count: count) }
  package var string: String { String(decoding: utf8, as: UTF8.self) }

  package mutating func clear() { count = 0 }
  package mutating func truncate(to length: Int) { count = min(count, length) }

  @inline(__always) package mutating func reserve(_ more: Int) {
    if count + more > capacity { grow(more) }
  }

  @inline(never) private mutating func grow(_ more: Int) {
    capacity = max(capacity * 2, count + more)
    let fresh = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    fresh.update(from: bytes, count: count)
    bytes.deallocate()
    bytes = fresh
  }

  @inline(__always) package mutating func append(byte: UInt8) {
    reserve(1)
    bytes[count] = byte
    count &+= 1
  }

  package mutating func append(_ more: UnsafeBufferPointer<UInt8>) {
    guard let base = more.baseAddress, more.count > 0 else { return }
    reserve(more.count)
    (bytes + count).update(from: base, count: more.count)
    count += more.count
  }

  package mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append($0) }
  }

  package mutating func append(repeating byte: UInt8, _ times: Int) {
    guard times > 0 else { return }
    reserve(times)
    (bytes + count).update(repeating: byte, count: times)
    count += times
  }

  /// Decimal digits, without a detour through `String`.
  package mutating func append(_ number: Int) {
    reserve(20)
    if number < 0 {
      bytes[count] = UInt8(ascii: "-")
      count += 1
    }
    var rest = number.magnitude
    let start = count
    repeat {
      bytes[count] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      count += 1
      rest /= 10
    } while rest != 0
    var (low, high) = (start, count - 1)
    while low < high {
      (bytes[low], bytes[high]) = (bytes[high], bytes[low])
      low += 1
      high -= 1
    }
  }

  /// The shortest digits that read back as the same float; always with a point, an exponent or a name.
  package mutating func append(_ number: Double) { append(number.description) }
  package mutating func append(_ number: Float) { append(number.description) }

  /// `%.*f`, `%.*e` or `%.*g`, correctly rounded by the C library.
  package mutating func append(_ number: Double, conversion: UInt8, precision: Int) {
    let format: [CChar] = [0x25, 0x2E, 0x2A, CChar(conversion), 0]  // "%.*f"
    // 1e308 has 309 digits before the point.
    let room = 330 + precision
    reserve(room)
    let target = bytes + count
    let written = withVaList([CInt(precision), number]) {
      vsnprintf(UnsafeMutableRawPointer(target).assumingMemoryBound(to: CChar.self), room, format, $0)
    }
    count += Int(max(0, min(Int(written), room - 1)))
  }

  /// Puts `byte` at `position`, `times` times.
  mutating func insert(_ byte: UInt8, times: Int, at position: Int) {
    guard times > 0 else { return }
    reserve(times)
    var at = count - 1
    while at >= position {
      bytes[at + times] = bytes[at]
      at -= 1
    }
    (bytes + position).update(repeating: byte, count: times)
    count += times
  }
}
