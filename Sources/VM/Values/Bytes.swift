// Hashing and comparing stretches of bytes. The hash multiplies eight bytes at a time into 128 bits and folds them, the
// construction of the multiply-fold family of hashes; two rounds at the end spread short keys over all bits.
import CPlatform

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Folds the 128-bit product: every bit of the result depends on all bits of both factors.
@inline(__always) func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
  let product = a.multipliedFullWidth(by: b)
  return product.high ^ product.low
}

/// Spreads a 64-bit key over all bits.
@inline(__always) func mixBits(_ key: UInt64) -> UInt64 {
  fold(key ^ 0x9E37_79B9_7F4A_7C15, 0xD6E8_FEB8_6659_FD93)
}

/// Never 0, which stands for "not computed".
func hashBytes(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
  var state: UInt64 = 0x2545_F491_4F6C_DD1D ^ UInt64(truncatingIfNeeded: bytes.count)
  var rest = bytes.count
  if let base = bytes.baseAddress {
    var at = UnsafeRawPointer(base)
    while rest >= 8 {
      state = fold(state ^ at.loadUnaligned(as: UInt64.self), 0xA076_1D64_78BD_642F)
      at += 8
      rest -= 8
    }
    if rest > 0 {
      var tail: UInt64 = 0
      if rest >= 4 {
        tail =
          UInt64(at.loadUnaligned(as: UInt32.self)) << 32
          | UInt64((at + (rest - 4)).loadUnaligned(as: UInt32.self))
      } else {
        tail =
          UInt64(at.load(as: UInt8.self)) << 16 | UInt64((at + rest / 2).load(as: UInt8.self)) << 8
          | UInt64((at + (rest - 1)).load(as: UInt8.self))
      }
      state = fold(state ^ tail, 0xE703_7ED1_A0B4_28DB)
    }
  }
  let hash = fold(state, 0x8EBC_6AF0_9C88_C6E3)
  return hash == 0 ? 1 : hash
}

@inline(__always)
func equalBytes(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ count: Int) -> Bool {
  var (left, right, rest) = (UnsafeRawPointer(a), UnsafeRawPointer(b), count)
  while rest >= 8 {
    if left.loadUnaligned(as: UInt64.self) != right.loadUnaligned(as: UInt64.self) { return false }
    left += 8
    right += 8
    rest -= 8
  }
  while rest > 0 {
    if left.load(as: UInt8.self) != right.load(as: UInt8.self) { return false }
    left += 1
    right += 1
    rest -= 1
  }
  return true
}

/// -1, 0 or 1: order by bytes, which for UTF-8 is order by code point.
func compareBytes(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int {
  let shared = min(a.count, b.count)
  var index = 0
  while index < shared {
    if a[index] != b[index] { return a[index] < b[index] ? -1 : 1 }
    index += 1
  }
  return a.count == b.count ? 0 : (a.count < b.count ? -1 : 1)
}

/// The byte position of `part` in `text` at or behind `start`; the C library searches in linear time.
package func firstPosition(
  of part: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>, from start: Int
) -> Int? {
  guard let wanted = part.baseAddress, part.count > 0 else { return start <= text.count ? start : nil }
  guard let base = text.baseAddress, start < text.count else { return nil }
  let found =
    part.count == 1
    ? UnsafeRawPointer(memchr(base + start, Int32(wanted[0]), text.count - start))
    : trellis_find_bytes(base + start, text.count - start, wanted, part.count)
  return found.map { $0 - UnsafeRawPointer(base) }
}
