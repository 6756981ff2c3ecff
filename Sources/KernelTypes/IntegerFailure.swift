// Why arithmetic on integers failed, and how an element kernel reports it: a lane and a reason in one word, because a
// kernel is a C function that returns a word.

/// What went wrong with an integer.
package enum IntegerFailure: UInt8, CaseIterable, Sendable {
  /// The result does not fit in 64 bits.
  case overflow
  /// `//` or `%` by zero.
  case zeroDivisor
  /// `^` with a negative exponent.
  case negativeExponent
  /// A float that no 64-bit integer holds (too large, infinite, NaN).
  case notAnInteger
}

package enum ElementFailure {
  @_transparent package static func encode(lane: Int, _ reason: IntegerFailure) -> Int {
    lane &* 4 &+ Int(reason.rawValue)
  }
  package static func lane(_ code: Int) -> Int { code >> 2 }
  package static func reason(_ code: Int) -> IntegerFailure {
    IntegerFailure(rawValue: UInt8(truncatingIfNeeded: code & 3)) ?? .overflow
  }
}
