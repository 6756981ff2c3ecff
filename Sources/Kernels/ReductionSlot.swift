// The 16-byte slot that a reduction's blocks are combined in; layouts by type in KernelsBaseline/Reductions.swift.
import KernelTypes

package enum ReductionSlot {
  package static let size = 16

  /// Writes the neutral element.
  package static func begin(_ slot: UnsafeMutableRawPointer, _ op: ReduceOp, _ type: DType) {
    let words = slot.assumingMemoryBound(to: Int64.self)
    words[1] = 0
    if type.isFloat {
      let neutral: Double =
        switch op {
        case .sum, .any, .all: 0
        case .prod: 1
        case .max: -.infinity
        case .min: .infinity
        }
      words[0] = Int64(bitPattern: neutral.bitPattern)
    } else {
      words[0] =
        switch op {
        case .sum, .any: 0
        case .prod, .all: 1
        case .max: .min
        case .min: .max
        }
    }
  }

  /// slot = slot op other.
  package static func merge(
    _ slot: UnsafeMutableRawPointer, _ other: UnsafeRawPointer, _ op: ReduceOp, _ type: DType
  ) {
    if type.isFloat {
      let x = slot.load(as: Double.self)
      let y = other.load(as: Double.self)
      let result: Double =
        switch op {
        case .sum, .any, .all: x + y
        case .prod: x * y
        case .max: y.isNaN || x < y ? y : x
        case .min: y.isNaN || y < x ? y : x
        }
      slot.storeBytes(of: result, as: Double.self)
      return
    }
    let words = slot.assumingMemoryBound(to: Int64.self)
    let others = other.assumingMemoryBound(to: Int64.self)
    switch op {
    case .sum:
      words[0] &+= others[0]
      words[1] &+= others[1]
    case .prod:
      let (value, failed) = words[0].multipliedReportingOverflow(by: others[0])
      words[0] = value
      words[1] |= others[1] | (failed ? 1 : 0)
    case .max: words[0] = Swift.max(words[0], others[0])
    case .min: words[0] = Swift.min(words[0], others[0])
    case .any: words[0] |= others[0]
    case .all: words[0] &= others[0]
    }
  }

  /// Writes the result as one element of `type`; false when an integer does not fit.
  package static func finish(
    _ slot: UnsafeRawPointer, _ op: ReduceOp, _ type: DType, into out: UnsafeMutableRawPointer
  ) -> Bool {
    let words = slot.assumingMemoryBound(to: Int64.self)
    switch type {
    case .f32: out.storeBytes(of: Float(slot.load(as: Double.self)), as: Float.self)
    case .f64: out.storeBytes(of: slot.load(as: Double.self), as: Double.self)
    case .bool: out.storeBytes(of: UInt8(truncatingIfNeeded: words[0]), as: UInt8.self)
    case .i64:
      if op == .sum {
        let high = words[0] &+ (words[1] >> 32)
        guard Int64(Int32(truncatingIfNeeded: high)) == high else { return false }
        out.storeBytes(of: high << 32 | (words[1] & 0xFFFF_FFFF), as: Int64.self)
      } else {
        if op == .prod && words[1] != 0 { return false }
        out.storeBytes(of: words[0], as: Int64.self)
      }
    }
    return true
  }
}
